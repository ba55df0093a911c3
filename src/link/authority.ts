/**
 * A grid's own authority (CA), and the certificates by which its hosts know each other: X.509 (RFC 5280), P-256 and SHA-256, signed by Node's
 * crypto. They are what trust.ts asks of both sides: signed by this authority, for servers and for clients. Names in them are for people.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, AuthorityKeyIdentifier, BasicConstraints, Certificate, ExtendedKeyUsage, Extension, Extensions,
  GeneralName, KeyIdentifier, KeyUsage, KeyUsageFlags, Name, RelativeDistinguishedName, SubjectAlternativeName, SubjectKeyIdentifier, SubjectPublicKeyInfo,
  TBSCertificate, Validity, Version, id_ce_authorityKeyIdentifier as authorityKeyId, id_ce_basicConstraints as basicConstraints, id_ce_extKeyUsage as extKeyUsage,
  id_ce_keyUsage as keyUsage, id_ce_subjectAltName as subjectAltName, id_ce_subjectKeyIdentifier as subjectKeyId, id_kp_clientAuth as clientAuth,
  id_kp_serverAuth as serverAuth
} from '@peculiar/asn1-x509'

/** Texts of PEM (RFC 7468). */
export interface Certified {
  readonly cert: string
  readonly key: string
}

export interface Life {
  readonly from: Date
  readonly until: Date
}

export interface Authority {
  readonly key: KeyObject
  readonly subject: Name
  /** Absent in some certificates that others made. */
  readonly keyId: ArrayBuffer | undefined
  readonly until: Date
}

const commonName = '2.5.4.3'
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
/** Of a common name, in characters (RFC 5280, appendix A: ub-common-name). */
const longestName = 64

/** One that says so in its name, and not as another one: whoever has two can tell them apart. */
export function makeAuthority (life: Life): Certified {
  const keys = newKeys()
  const subject = called(`tggrid CA ${randomBytes(4).toString('hex')}`)
  const usage = [
    extension(basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true)
  ]
  return certified(keys, { subject, usage, life }, { key: keys.privateKey, subject, keyId: keyIdOf(keys), until: life.until })
}

/** @param host a DNS name or an IP address */
export function certify (host: string, life: Life, authority: Authority): Certified {
  const name = isIP(host) === 0 ? new GeneralName({ dNSName: host }) : new GeneralName({ iPAddress: plainAddress(host) })
  const usage = [
    extension(basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(extKeyUsage, new ExtendedKeyUsage([serverAuth, clientAuth])),
    extension(subjectAltName, new SubjectAlternativeName([name]))
  ]
  return certified(newKeys(), { subject: called(host.slice(0, longestName)), usage, life }, authority)
}

/** An authority that was made before. @throws Error that says why it is none */
export function authorityOf ({ cert, key }: Certified): Authority {
  const read = orSay('the first holds no certificate as PEM', () => new X509Certificate(cert))
  const privateKey = orSay('the second holds no key as PEM, or one with a password', () => createPrivateKey(key))
  if (!read.ca) throw new Error('the certificate is no CA\'s')
  if (!read.checkPrivateKey(privateKey)) throw new Error('the key is not this certificate\'s')
  if (privateKey.asymmetricKeyType !== 'ec') throw new Error(`the key is for ${privateKey.asymmetricKeyType}, and only EC keys are used here`)
  const { subject, validity, extensions = [] } = AsnConvert.parse(read.raw, Certificate).tbsCertificate
  const id = extensions.find(({ extnID }) => extnID === subjectKeyId)
  return { key: privateKey, subject, keyId: id && AsnConvert.parse(id.extnValue.buffer, SubjectKeyIdentifier).buffer, until: validity.notAfter.getTime() }
}

function orSay<T> (problem: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(problem, { cause: error })
  }
}

interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

interface Wanted {
  readonly subject: Name
  readonly usage: readonly Extension[]
  readonly life: Life
}

function certified (keys: Keys, { subject, usage, life }: Wanted, issuer: Authority): Certified {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
  const ids = [
    extension(subjectKeyId, new SubjectKeyIdentifier(keyIdOf(keys))),
    ...issuer.keyId === undefined ? [] : [extension(authorityKeyId, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(issuer.keyId) }))]
  ]
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerial(),
    signature: algorithm,
    issuer: issuer.subject,
    validity: new Validity({ notBefore: life.from, notAfter: life.until }),
    subject,
    subjectPublicKeyInfo: publicKeyOf(keys),
    extensions: new Extensions([...usage, ...ids])
  })
  const signatureValue = exactly(sign('sha256', Buffer.from(AsnConvert.serialize(content)), issuer.key))
  const der = AsnConvert.serialize(new Certificate({ tbsCertificate: content, signatureAlgorithm: algorithm, signatureValue }))
  return { cert: new X509Certificate(Buffer.from(der)).toString(), key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

function newKeys (): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** Positive, and never twice (RFC 5280, §4.1.2.2). */
function newSerial (): ArrayBuffer {
  const serial = randomBytes(16)
  serial[0] = (serial.readUInt8() & 0x3f) | 0x40
  return exactly(serial)
}

function publicKeyOf ({ publicKey }: Keys): SubjectPublicKeyInfo {
  return AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)
}

/** RFC 5280, §4.2.1.2, method 1. */
function keyIdOf (keys: Keys): ArrayBuffer {
  return exactly(createHash('sha1').update(Buffer.from(publicKeyOf(keys).subjectPublicKey)).digest())
}

function called (name: string): Name {
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value: new AttributeValue({ utf8String: name }) })])])
}

function extension (extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

/** IPv6 in digits only, as the encoder wants it: ::ffff:10.0.0.7 is such an address too. */
function plainAddress (address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}

/** Small buffers of Node are parts of larger ones. */
function exactly (bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

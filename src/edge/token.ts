/** The bytes of a token (RFC 9110, §5.6.2), such as a header's name: 1 at the index of each one. */
export const isTokenByte = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") isTokenByte[character.charCodeAt(0)] = 1

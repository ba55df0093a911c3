/** A file into a running container. Docker's own way (`PUT /containers/{id}/archive`) does not lead into a tmpfs, and nothing else can be written there. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Container as DockerContainer } from 'dockerode'
import type { UploadedFile } from '../protocol/files.js'
import { within } from '../waits.js'

/** How long it may take, in milliseconds. */
const deadline = 30_000

/** Writes it as the container's user, who may do no more than its browser, into a folder that need not be there yet. Rejects with what the shell says. */
export async function writeFile (container: DockerContainer, { folder, name, bytes }: UploadedFile & { readonly folder: string }): Promise<void> {
  const exec = await container.exec({ Cmd: ['sh', '-c', 'mkdir -p "$1" && cat > "$1/$2"', 'sh', folder, name], AttachStdin: true, AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({ hijack: true, stdin: true })
  const [out, error] = [new PassThrough().resume(), new PassThrough()]
  container.modem.demuxStream(stream, out, error)
  stream.once('end', () => error.end()).once('error', problem => error.destroy(problem))
  stream.end(bytes)
  const words = await within(deadline, text(error)).finally(() => stream.destroy())
  const { ExitCode } = await exec.inspect()
  if (ExitCode !== 0) throw new Error(`${name} could not be written in its container: ${words.trim()}`)
}

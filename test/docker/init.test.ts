/** The first process of a browser's container (src/init), in a real one: what it cleans, what it passes on, what it withstands. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { noEngine } from '../support/engine.js'
import { attach, run, startInit } from '../support/init.js'

t.setTimeout(120_000)

/** Each line leaves something behind that has to be found and removed. */
const litter = `
(trap '' TERM INT HUP; setsid sleep 1000 &)
setsid node -e "process.on('SIGTERM', () => {}); require('node:net').createServer().listen(5555)" > /dev/null 2>&1 &
for place in /tmp /home/browser /dev/shm; do
  mkdir -p $place/locked/inner; echo secret > $place/locked/inner/file; chmod 000 $place/locked/inner $place/locked
  ln -s /etc $place/link; mkfifo $place/fifo; : > "$place/.hidden
name"
done
node -e "for (let i = 0; i < 3000; i++) { fs.mkdirSync('d'); process.chdir('d') }" > /dev/null
: > /dev/mqueue/queue
ipcmk --shmem 4096 --mode 0 > /dev/null; ipcmk --semaphore 3 > /dev/null; ipcmk --queue > /dev/null
while ! grep -q ':15B3 ' /proc/net/tcp6; do sleep 0.05; done
chmod 000 /home/browser
`

/** Whatever is left of it, one a line. */
const look = `
ls -A /tmp /home/browser /dev/shm /dev/mqueue | grep -v -e '^/' -e '^$'
tail -q -n +2 /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg
grep ':15B3 ' /proc/net/tcp6
cat /proc/[0-9]*/comm | grep '^sleep$'
`

t.test('a container\'s first process', { skip: noEngine }, async t => {
  await t.test('a wipe leaves no process, file, queue or shared memory, and the driver is up again', async t => {
    const { container, channel, ask } = await startInit(t)
    t.equal(await run(container, '1000', 'sh', '-c', `cd /tmp; ${litter}`), '')
    t.match(await run(container, '0', 'sh', '-c', look), /locked[^]*sleep/, 'there was something to be found')
    channel.say('note of the session')
    await channel.wipe(AbortSignal.timeout(15_000))
    t.equal(await run(container, '1000', 'sh', '-c', look), '')
    t.equal(await run(container, '1000', 'stat', '-c', '%a', '/home/browser'), '700')
    t.equal(await ask('tell', 'state'), 'state ready 0 1')
  })

  await t.test('it tells whether memory ran out in its container', async t => {
    const { container, channel, ask } = await startInit(t)
    t.equal(await ask('memory', 'memory'), 'memory 0 room')
    await run(container, '1000', 'node', '-e', 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))')
    t.match(await ask('memory', 'memory'), /^memory [1-9]\d* full$/)
    await channel.wipe(AbortSignal.timeout(15_000))
    t.match(await ask('memory', 'memory'), /^memory 0 /, 'the next session is not blamed for it')
  })

  await t.test('what cannot be cleaned is called dirty, and nothing is started again', async t => {
    const { container, ask } = await startInit(t)
    await run(container, '0', 'touch', '/tmp/of-root')
    t.equal(await ask('wipe', 'clean', 'dirty'), 'dirty /tmp cannot be emptied')
    t.equal(await ask('tell', 'state'), 'state dirty 0 0')
  })

  await t.test('limits that the next session would inherit are put back; where they cannot be, it is dirty', async t => {
    const { container, ask } = await startInit(t)
    await run(container, '1000', 'prlimit', '--pid', '1', '--nofile=16:')
    t.match(await ask('wipe', 'clean', 'dirty'), /^clean /)
    await run(container, '1000', 'renice', '19', '1')
    t.match(await ask('wipe', 'clean', 'dirty'), /^dirty the scheduling/)
  })

  await t.test('no neighbour can end it, stop it or speak in its place', async t => {
    const { container, ask } = await startInit(t)
    t.match(await run(container, '1000', 'sh', '-c', 'echo ready > /proc/1/fd/1'), /Permission denied/)
    await run(container, '1000', 'sh', '-c', 'for n in $(seq 64); do kill -$n 1; done')
    t.equal(await ask('tell', 'state'), 'state ready 0 0')
  })

  await t.test('bytes are passed on both ways to their end, until a wipe', async t => {
    const { ip, ask, channel } = await startInit(t)
    t.equal(await ask('forward 9222', 'unknown'), 'unknown forward', 'never to itself')
    t.equal(await ask('forward 7001', 'forwarding'), 'forwarding 7001')
    const sent = Buffer.alloc(20_000_000, 'echo ')
    const socket = connect({ port: 9222, host: ip, allowHalfOpen: true })
    socket.end(sent)
    t.ok(Buffer.concat(await socket.toArray() as Buffer[]).equals(sent), 'what came back after our end was sent')
    const idle = connect(9222, ip)
    await once(idle, 'connect')
    const closed = once(idle.resume().on('error', () => {}), 'close')
    await channel.wipe(AbortSignal.timeout(15_000))
    await closed
  })

  await t.test('agents come and go, the note stays', async t => {
    const { container, channel, ask, cut } = await startInit(t)
    channel.say('note {"session":"1"}')
    channel.say(`note ${'x'.repeat(300_000)}`)
    t.equal(await ask('tell', 'note'), 'note {"session":"1"}', 'a line that is too long changes nothing')
    cut('note {"ses')
    const next = await attach(container)
    t.equal(await next.ask('tell', ['note'], AbortSignal.timeout(5000)), 'note {"session":"1"}', 'nor does one that was cut')
  })

  await t.test('a driver that dies ends the container, and is named', async t => {
    const { container, channel } = await startInit(t)
    await run(container, '1000', 'sh', '-c', 'kill -9 $(ls /proc | grep "^[0-9]*$" | sort -n | sed -n 2p)')
    t.equal(await channel.closed, 'exited node signal 9')
  })
})

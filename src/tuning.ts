/**
 * How V8 runs us and our drivers, set before anything else is loaded. A grid rests most of the time, and the next client waits for code that has run
 * a few times, long ago: it stays compiled, and it is compiled, with its types noted, from the first call on.
 */
import { setFlagsFromString } from 'node:v8'

for (const flag of ['--no-flush-bytecode', '--always-sparkplug', '--no-lazy-feedback-allocation']) setFlagsFromString(flag)

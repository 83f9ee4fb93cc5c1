import { runEndpoints } from '#simulators/protocol/endpoint/warm-process.ts'
import { startJabber } from './start.ts'

await runEndpoints('jabber', startJabber)

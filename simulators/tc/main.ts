import { runEndpoints } from '#simulators/protocol/endpoint/warm-process.ts'
import { startTcEndpoint } from './start.ts'

await runEndpoints('tc', startTcEndpoint)

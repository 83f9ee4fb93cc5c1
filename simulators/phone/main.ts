import { runEndpoints } from '#simulators/protocol/endpoint/warm-process.ts'
import { startPhone } from './start.ts'

await runEndpoints('phone', startPhone)

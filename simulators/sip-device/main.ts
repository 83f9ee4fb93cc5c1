import { runEndpoints } from '#simulators/protocol/endpoint/warm-process.ts'
import { startSipDevice } from './start.ts'

await runEndpoints('sip-device', startSipDevice)

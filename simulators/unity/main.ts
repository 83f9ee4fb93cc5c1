import { runProgram } from '#runtime/program.ts'
import { startUnityConnection } from './start.ts'

await runProgram(startUnityConnection)

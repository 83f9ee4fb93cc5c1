import { runProgram } from '#runtime/program.ts'
import { startNtp } from './start.ts'

await runProgram(startNtp)

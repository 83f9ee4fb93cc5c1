import { runProgram } from '#runtime/program.ts'
import { startWebex } from './start.ts'

await runProgram(startWebex)

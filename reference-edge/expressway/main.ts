import { runProgram } from '#runtime/program.ts'
import { startExpressway } from './start.ts'

await runProgram(startExpressway)

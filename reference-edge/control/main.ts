import { runProgram } from '#runtime/program.ts'
import { startControl } from './start.ts'

await runProgram(startControl)

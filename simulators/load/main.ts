import { runProgram } from '#runtime/program.ts'
import { startLoad } from './start.ts'

await runProgram(startLoad)

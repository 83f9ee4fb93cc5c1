import { runProgram } from '#runtime/program.ts'
import { startDns } from './start.ts'

await runProgram(startDns)

import { runProgram } from '#runtime/program.ts'
import { startWebHost } from './start.ts'

await runProgram(startWebHost)

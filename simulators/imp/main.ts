import { runProgram } from '#runtime/program.ts'
import { startImAndPresence } from './start.ts'

await runProgram(startImAndPresence)

import { runProgram } from '#runtime/program.ts'
import { startUnifiedCm } from './start.ts'

await runProgram(startUnifiedCm)

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode } from './exit-code.ts'
import { say } from './operate.ts'

/** `mra ladder <evidence>`: the ladder of a scenario, by its evidence folder or a part of its title. */
export async function ladder(wanted: string): Promise<void> {
  const path = existsSync(join(wanted, 'ladder.txt')) ? wanted : folderOf(wanted)
  if (path === undefined) {
    process.stderr.write(`mra: no evidence of the last run matches "${wanted}"\n`)
    process.exitCode = ExitCode.nothingSelected
    return
  }
  say(readFileSync(join(path, 'ladder.txt'), 'utf8'))
  say(`folder: ${path}`)
}

function folderOf(wanted: string): string | undefined {
  const evidence = join(import.meta.dirname, '..', 'reports', 'out', 'last', 'evidence')
  if (!existsSync(evidence)) return undefined
  const words = wanted.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const name = readdirSync(evidence).find((candidate) => candidate.toLowerCase().includes(words))
  return name === undefined ? undefined : join(evidence, name)
}

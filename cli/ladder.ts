import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode } from './exit-code.ts'
import { say } from './operate.ts'

/** `mra ladder <evidence>`: the ladder of a scenario, by its evidence folder, its number or a part of its title; `all` shows the bring-up too. */
export async function ladder(wanted: string, options: { all?: boolean } = {}): Promise<void> {
  const folders = existsSync(join(wanted, 'ladder.txt')) ? [wanted] : foldersOf(wanted)
  const [folder] = folders
  if (folder === undefined || folders.length > 1) {
    process.stderr.write(
      `mra: ${folders.length === 0 ? 'no' : 'more than one'} evidence of the last run matches "${wanted}"\n`,
    )
    for (const each of folders) process.stderr.write(`  ${each}\n`)
    process.exitCode = folders.length === 0 ? ExitCode.nothingSelected : ExitCode.usage
    return
  }
  say(readFileSync(join(folder, options.all === true ? 'ladder.all.txt' : 'ladder.txt'), 'utf8'))
  say(`folder: ${folder}`)
}

function foldersOf(wanted: string): string[] {
  const evidence = join(import.meta.dirname, '..', 'reports', 'out', 'last', 'evidence')
  if (!existsSync(evidence)) return []
  const words = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const names = readdirSync(evidence).sort()
  const numbered = /^\d+$/.test(words) ? names.filter((name) => Number.parseInt(name, 10) === Number(words)) : []
  const found = numbered.length > 0 ? numbered : names.filter((name) => name.includes(words))
  return found.map((name) => join(evidence, name)).filter((folder) => existsSync(join(folder, 'ladder.txt')))
}

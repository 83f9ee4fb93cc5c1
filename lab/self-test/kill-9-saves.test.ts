import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

it.skipIf(!has('sqlite3') || !has('curl'))(
  'no acknowledged save is lost when a VCS is killed, and its database stays sound',
  { timeout: 60_000 },
  () => {
    const script = fileURLToPath(new URL('./kill-9-saves.sh', import.meta.url))
    const { status, stdout, stderr } = spawnSync(script, ['5'], { encoding: 'utf8', timeout: 55_000 })
    expect(stdout + stderr).toContain('ok: killed 5 times')
    expect(status).toBe(0)
  },
)

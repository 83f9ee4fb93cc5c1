import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realMonotonicClock } from './clock.ts'
import { LogFile } from './log-file.ts'
import type { LogLevel } from './log.ts'
import { waitFor } from './wait.ts'

const folder = mkdtempSync(join(tmpdir(), 'mra-log-file-'))
const record = (event: string, level: LogLevel = 'info') => ({ at: '', host: 'vcse1', module: 'tvcs', level, event })

function opened(name: string) {
  const path = join(folder, name)
  const events = () => {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => (JSON.parse(line) as { event: string }).event)
  }
  return { path, events, file: new LogFile(path, realMonotonicClock) }
}

test('records stand in the file in their order, a moment later', async () => {
  const { path, events, file } = opened('order.log')
  for (const event of ['one', 'two', 'three']) file.write(record(event))
  expect(events()).toEqual(['one'])
  await waitFor('the records', () => events().length === 3)
  expect(events()).toEqual(['one', 'two', 'three'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('an error is there at once, behind what came before it', () => {
  const { events, file } = opened('error.log')
  for (const event of ['first', 'before']) file.write(record(event))
  file.write(record('failed', 'error'))
  expect(events()).toEqual(['first', 'before', 'failed'])
})

test('closing writes the rest, and a late record needs no folder', () => {
  const { events, file } = opened('closed.log')
  for (const event of ['first', 'last']) file.write(record(event))
  file.close()
  expect(events()).toEqual(['first', 'last'])
  rmSync(folder, { recursive: true })
  file.write(record('late', 'error'))
})

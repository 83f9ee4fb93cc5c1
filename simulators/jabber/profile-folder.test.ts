import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ClientLog } from './client-log.ts'
import { keepConfigurationFile, profileFiles, profileFolder } from './profile-folder.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jabber-profile-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('Jabber for Windows logs and keeps its configuration where the guide says', () => {
  const data = temporaryFolder()
  const profile = profileFolder(data, 'Windows')
  const log = new ClientLog(profile.logs)
  const path = join(data, 'AppData/Local/Cisco/Unified Communications/Jabber/CSF/Logs/csf-unified.log')
  expect(readFileSync(path, 'utf8')).toBe('')
  log.bindFailed()
  expect(readFileSync(path, 'utf8')).toBe(`${log.lines.join('\n')}\n`)
  keepConfigurationFile(profile, 'http://cucm1.example.com:6970/jabber-config.xml', Buffer.from('<config/>'))
  const kept = join(data, 'AppData/Roaming/Cisco/Unified Communications/Jabber/CSF/Config/jabber-config.xml')
  expect(readFileSync(kept, 'utf8')).toBe('<config/>')
  expect(profileFiles(profile).map((file) => join(data, file))).toEqual([path, kept])
})

test('a client of another platform has folders of its own', () => {
  const data = temporaryFolder()
  expect(profileFolder(data, 'iOS')).toEqual({
    root: data,
    logs: join(data, 'Logs'),
    configuration: join(data, 'Config'),
  })
})

test('a URL cannot name a file outside the folder', () => {
  const data = temporaryFolder()
  const profile = profileFolder(data, 'Android')
  for (const url of ['http://x/..', 'http://x/a/%2e%2e%2f%2e%2e%2fy.xml', 'http://x/..%2f..%2fz.xml', 'http://x/']) {
    keepConfigurationFile(profile, url, Buffer.from('x'))
  }
  expect(readdirSync(data)).toEqual(['Config'])
  expect(readdirSync(profile.configuration).every((name) => !name.includes('/'))).toBe(true)
  expect(existsSync(join(data, '..', 'z.xml'))).toBe(false)
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EndpointLog } from './endpoint-log.ts'

test('each step of a provisioning is one line, whatever the server answered', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tc-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  new EndpointLog(folder).provisioning(new Date('2015-01-05T10:00:02.123Z'), [
    { name: 'external-manager', outcome: 'ok', milliseconds: 1, detail: 'vcse1.example.com:8443' },
    {
      name: 'home-cluster',
      outcome: 'failed',
      milliseconds: 1,
      detail: 'XML didnt contain\nUDS server addres',
      error: { token: 'NO_UDS_SERVER', says: 'XML didnt contain UDS server addres' },
    },
  ])
  expect(readFileSync(join(folder, 'all.log'), 'utf8')).toBe(
    '2015-01-05T10:00:02.123 tandberg appl: I: Provisioning: external-manager: ok: vcse1.example.com:8443\n' +
      '2015-01-05T10:00:02.123 tandberg appl: ERROR: Provisioning: home-cluster: failed NO_UDS_SERVER: ' +
      'XML didnt contain UDS server addres\n',
  )
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mraCommand, startLabCommand } from './mra-command.ts'
import { lacks, run } from './programs.ts'

const cannotRun = lacks('the private fabric', [
  'unshare --user --map-root-user --net true',
  'nsenter',
  'ip',
  'dig',
  'curl',
])

test.skipIf(cannotRun)('a lab in a network of its own is reached with its enter command, and only so', async () => {
  const { line, stop } = await startLabCommand('--fabric', 'private')
  const [server, port] = line.dns.public.split(':') as [string, string]
  const dig = [
    'dig',
    `@${server}`,
    '-p',
    port,
    '+short',
    '+time=1',
    '+tries=1',
    'SRV',
    `_collab-edge._tls.${line.domain}`,
  ]
  const edge = line.hosts['vcse1']!
  const address = `${edge.fqdn}:${edge.ports['https']}`
  const curl = ['curl', '-q', '-s', '--noproxy', '*', '--cacert', line.ca, '--resolve', `${address}:${edge.address}`]
  const path = `${Buffer.from(line.domain).toString('base64url')}/get_edge_config`
  const page = [...curl, '-o', '/dev/null', '-w', '%{http_code}', `https://${address}/${path}`]
  const inside = ([program, ...words]: string[]) => {
    const enter = line.enter!.split(' ')
    return run(enter[0]!, [...enter.slice(1), program!, ...words])
  }
  const folder = mkdtempSync(join(tmpdir(), 'mra-private-'))
  const linePath = join(folder, 'lab.json')
  writeFileSync(linePath, JSON.stringify(line))
  try {
    expect(line).toMatchObject({ fabric: 'private', enter: expect.stringMatching(/^nsenter --target \d+ /) })
    expect(await inside(dig)).toMatchObject({ code: 0, stdout: `10 10 8443 ${edge.fqdn}.\n` })
    expect(await inside(page)).toMatchObject({ code: 0, stdout: '401' })
    expect((await inside(['ip', '-brief', 'link'])).stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^lo .*UP/),
    ])
    const [node, ...words] = mraCommand('exec', '--', 'sh', '-c', `dig @\${MRA_DNS_PUBLIC%:*} +short A ${edge.fqdn}`)
    const byExec = await run('env', [`MRA_LAB=${linePath}`, node, ...words])
    expect(byExec).toMatchObject({ code: 0, stdout: `${edge.address}\n` })
    expect((await run('curl', page.slice(1))).code, 'not from the machine outside').not.toBe(0)
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const { code, stderr } = await inside(dig)
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('No such file or directory') })
})

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import type { Baresip } from './baresip.ts'
import { startBaresip } from './baresip.ts'
import type { LabLine, RunningLab } from './mra-command.ts'
import { startLabCommand } from './mra-command.ts'
import type { ProgramResult } from './programs.ts'
import { besideTests, lacks, run } from './programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'mra-outside-'))
const cookies = join(folder, 'cookies')
let running: RunningLab
let lab: LabLine
let alice: LabLine['users'][number]
let bob: LabLine['users'][number]
let edge: LabLine['hosts'][string]
/** A computer somewhere on the internet. */
let here: string

beforeAll(async () => {
  running = await startLabCommand()
  lab = running.line
  ;[alice, bob] = ['alice', 'bob'].map((id) => lab.users.find((user) => user.id === id)!) as [typeof alice, typeof bob]
  edge = lab.hosts['vcse1']!
  here = `127.${lab.lab}.1.99`
}, 30_000)

afterAll(async () => {
  await running?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(lacks('names with dig', ['dig']))('dig', () => {
  const dig = async (server: string, ...question: string[]) => {
    const [address, port] = server.split(':') as [string, string]
    const { stdout } = await run('dig', [`@${address}`, '-p', port, '+time=2', '+tries=1', ...question])
    const answers = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'))
    return {
      status: /status: (\w+)/.exec(stdout)?.[1],
      transport: /;; SERVER: .*\((\w+)\)/.exec(stdout)?.[1],
      data: answers.map((line) => line.split(/\s+/).slice(4).join(' ')),
    }
  }

  test.each([['UDP'], ['TCP']])('outside, only the edge has names (%s)', async (transport) => {
    const how = transport === 'TCP' ? '+tcp' : '+notcp'
    const found = await dig(lab.dns.public, how, 'SRV', `_collab-edge._tls.${lab.domain}`)
    expect(found).toEqual({ status: 'NOERROR', transport, data: [`10 10 8443 ${edge.fqdn}.`] })
    for (const service of ['_cisco-uds', '_cuplogin']) {
      const hidden = await dig(lab.dns.public, how, 'SRV', `${service}._tcp.${lab.domain}`)
      expect(hidden).toEqual({ status: 'NXDOMAIN', transport, data: [] })
    }
    expect(await dig(lab.dns.public, how, 'A', edge.fqdn)).toMatchObject({ status: 'NOERROR', data: [edge.address] })
    expect((await dig(lab.dns.public, how, 'A', lab.hosts['cucm1']!.fqdn)).status).toBe('NXDOMAIN')
  })

  test.each([['UDP'], ['TCP']])('inside, the services are found (%s)', async (transport) => {
    const how = transport === 'TCP' ? '+tcp' : '+notcp'
    for (const [service, host] of [
      ['_cisco-uds', 'cucm1'],
      ['_cuplogin', 'imp1'],
    ] as const) {
      const found = await dig(lab.dns.internal, how, 'SRV', `${service}._tcp.${lab.domain}`)
      expect(found).toEqual({ status: 'NOERROR', transport, data: [`10 10 8443 ${lab.hosts[host]!.fqdn}.`] })
      const address = await dig(lab.dns.internal, how, 'A', lab.hosts[host]!.fqdn)
      expect(address.data).toEqual([lab.hosts[host]!.address])
    }
  })
})

interface WebAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** curl from outside, with the lab's CA and the name of the edge resolved to its address. */
async function curl(path: string, ...options: string[]): Promise<WebAnswer> {
  return curlUrl(`https://${edge.fqdn}:${edge.ports['https']}/${path}`, ...options)
}

async function curlUrl(url: string, ...options: string[]): Promise<WebAnswer> {
  const resolve = `${edge.fqdn}:${new URL(url).port || '443'}:${edge.address}`
  const words = ['-q', '-s', '-S', '-i', '--max-time', '6', '--interface', here, '--noproxy', '*', '--cacert', lab.ca]
  const { code, stdout, stderr } = await run('curl', [...words, '--resolve', resolve, ...options, url])
  if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr}`)
  const [head, ...body] = stdout.split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head!)?.[1]), head: head!, body: body.join('\r\n\r\n') }
}

/** The edge's path form: the address behind it in base64 without padding. */
function through(target: string, path: string): string {
  return `${Buffer.from(target).toString('base64').replaceAll('=', '')}/${path}`
}

const asAlice = () => ['-u', `${alice.id}:${alice.password}`]
const edgeConfig = () =>
  curl(`${through(lab.domain, 'get_edge_config')}?service_name=_cisco-uds&service_name=_cuplogin`, ...asAlice())

describe.skipIf(lacks('HTTPS with curl', ['curl']))('curl', () => {
  const proxied = (path: string, host: string, scheme = 'https', port = 8443) =>
    curl(through(`${lab.domain}/${scheme}/${host}.${lab.domain}/${port}`, path), '-b', cookies, ...asAlice())

  test('401 with the realm, then 200 with a cookie', async () => {
    const asked = await curl(through(lab.domain, 'get_edge_config'))
    expect(asked.status).toBe(401)
    expect(asked.head).toMatch(/^WWW-Authenticate: Basic realm="Cisco-Edge"$/m)
    const wrong = await curl(through(lab.domain, 'get_edge_config'), '-u', `${alice.id}:${bob.password}`)
    expect(wrong.status).toBe(401)
    expect(wrong.head).not.toMatch(/^Set-Cookie/im)
    const answered = await curl(through(lab.domain, 'get_edge_config'), ...asAlice(), '-c', cookies)
    expect(answered.status).toBe(200)
    expect(answered.head).toMatch(new RegExp(`^Set-Cookie: X-Auth=\\S+;.* Domain=\\.${lab.domain};.* Secure`, 'm'))
    expect(answered.body).toContain(`<sipEdgeServer><server><address>${edge.fqdn}</address>`)
    expect(readFileSync(cookies, 'utf8')).toContain(`.${lab.domain}\tTRUE\t/\tTRUE`)
  })

  test('user data and files of the Unified CM, with the cookie', async () => {
    const cluster = await proxied(`cucm-uds/clusterUser?username=${alice.id}`, 'cucm1')
    expect(cluster).toMatchObject({
      status: 200,
      body: expect.stringMatching(/found="true"[\s\S]*<homeCluster[^>]*>cucm1/),
    })
    const user = await proxied(`cucm-uds/user/${alice.id}`, 'cucm1')
    expect(user).toMatchObject({ status: 200, body: expect.stringContaining(`<phoneNumber>${alice.line}<`) })
    const devices = await proxied(`cucm-uds/user/${alice.id}/devices`, 'cucm1')
    expect(devices).toMatchObject({ status: 200, body: expect.stringContaining(`<name>${alice.device}</name>`) })
    // The file server asks nobody's password: here the cookie alone opens the edge.
    const path = through(`${lab.domain}/http/cucm1.${lab.domain}/6970`, `${alice.device}.cnf.xml`)
    expect((await curl(path)).status).toBe(401)
    const file = await curl(path, '-b', cookies)
    expect(file).toMatchObject({ status: 200, body: expect.stringContaining('<deviceProtocol>SIP</deviceProtocol>') })
  })

  test('voicemail through the allow list; a host that is not listed is forbidden', async () => {
    const voicemail = await proxied('vmrest/mailbox/folders/inbox/messages', 'cuc1', 'https', 443)
    expect(voicemail).toMatchObject({ status: 200, body: expect.stringMatching(/<Messages total="[1-9]/) })
    const refused = await proxied('salaries', 'payroll', 'https', 443)
    expect(refused).toMatchObject({ status: 403, head: expect.stringMatching(/^Server: CE_C/m) })
    const foreign = await curl(through('other.example', 'get_edge_config'), ...asAlice())
    expect(foreign).toMatchObject({ status: 403, head: expect.stringMatching(/^Server: CE_E/m) })
  })

  test.each(['@@@/get_edge_config', through('example.com/https', 'x'), through('a/b/c/d/e', 'x')])(
    'a first segment of the wrong form gets 400: %s',
    async (path) => {
      expect((await curl(path, ...asAlice())).status).toBe(400)
    },
  )

  test('the administration page needs the administrator', async () => {
    const url = `https://${edge.fqdn}:${edge.ports['admin']}/api/status`
    expect(await curlUrl(url)).toMatchObject({ status: 401, head: expect.stringMatching(/^WWW-Authenticate: Basic/im) })
    expect((await curlUrl(url, '-u', 'admin:wrong')).status).toBe(401)
    const page = await curlUrl(url, '-u', `admin:${edge.admin!.password}`)
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('VCS Expressway') })
  })
})

describe.skipIf(lacks('TLS with openssl', ['openssl']))('openssl s_client', () => {
  const handshake = (port: string, ...options: string[]): Promise<ProgramResult> => {
    const trust = ['-CAfile', lab.ca, '-verify_return_error', '-brief']
    return run('openssl', ['s_client', '-connect', `${edge.address}:${edge.ports[port]}`, ...trust, ...options])
  }

  test.each(['https', 'sips', 'admin'])('%s: the certificate carries the name of the edge', async (port) => {
    const names = ['-servername', edge.fqdn, '-verify_hostname']
    const right = await handshake(port, ...names, edge.fqdn)
    expect(right).toMatchObject({ code: 0, stderr: expect.stringContaining(`Verified peername: ${edge.fqdn}`) })
    const other = await handshake(port, ...names, `other.${lab.domain}`)
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('hostname mismatch') })
  })

  test('XMPP: STARTTLS, and the certificate carries the domain', async () => {
    const xmpp = await handshake('xmpp', '-starttls', 'xmpp', '-xmpphost', lab.domain, '-verify_hostname', lab.domain)
    expect(xmpp).toMatchObject({ code: 0, stderr: expect.stringContaining(`Verified peername: ${lab.domain}`) })
  })

  test.each(['https', 'sips', 'zone', 'admin'])('%s: TLS 1.1 is refused', async (port) => {
    const { code, stderr } = await handshake(port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')
    expect(code).not.toBe(0)
    expect(stderr).toContain('alert protocol version')
  })

  test.each(['zone', 'xcp'])('%s: closed where no client certificate of this deployment is shown', async (port) => {
    const bare = ['s_client', '-connect', `${edge.address}:${edge.ports[port]}`, '-CAfile', lab.ca, '-quiet']
    const key = join(folder, `${port}.key`)
    const certificate = join(folder, `${port}.pem`)
    const selfSigned = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=vcsc1.example.com']
    const made = await run('openssl', [...selfSigned, '-keyout', key, '-out', certificate])
    expect(made.code).toBe(0)
    for (const identity of [[], ['-key', key, '-cert', certificate]]) {
      const { code, stdout } = await run('openssl', [...bare, ...identity], { keepsInputOpen: true, limitMs: 5_000 })
      // Its input stays open: only the other side can have ended it, and it was told nothing.
      expect(code).not.toBeNull()
      expect(stdout).toBe('')
    }
  })
})

describe.skipIf(lacks('SSH with OpenSSH', ['ssh', 'ssh-keygen', 'sftp']))('OpenSSH', () => {
  const key = join(folder, 'key')
  const options = (port: string) =>
    [
      ['-F', 'none', port, String(edge.ports['ssh']), '-i', key],
      ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'ConnectTimeout=5'].map(
        (option) => ['-o', option],
      ),
      ['-o', 'IdentitiesOnly=yes', '-o', 'PreferredAuthentications=publickey,password,keyboard-interactive'],
    ].flat()
  const refusal = /Permission denied \(publickey\)/

  beforeAll(async () => {
    expect((await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])).code).toBe(0)
  })

  test.each([
    ['a command', ['vcsc@host', 'id']],
    ['a shell', ['-tt', 'vcsc@host']],
    ['no password either', ['-o', 'PubkeyAuthentication=no', 'vcsc@host', 'id']],
    ['a subsystem', ['-s', 'vcsc@host', 'sftp']],
    ['a way out (-W)', ['-W', '127.0.0.1:443', 'vcsc@host']],
    [
      'a local forward (-L)',
      ['-N', '-o', 'ExitOnForwardFailure=yes', '-L', `${folder}/way-in:127.0.0.1:443`, 'vcsc@host'],
    ],
    [
      'a remote forward (-R)',
      ['-N', '-o', 'ExitOnForwardFailure=yes', '-R', 'localhost:8443:127.0.0.1:1', 'vcsc@host'],
    ],
    ['another user', ['root@host', 'id']],
  ])('without the key of the Control: %s is refused', async (_what, words) => {
    const asked = words.map((word) => word.replace('@host', `@${edge.address}`))
    const { code, stdout, stderr } = await run('ssh', [...options('-p'), ...asked])
    expect({ code, stdout }).toEqual({ code: 255, stdout: '' })
    expect(stderr).toMatch(refusal)
  })

  test('without the key of the Control: sftp is refused', async () => {
    const { code, stderr } = await run('sftp', [...options('-P'), `vcsc@${edge.address}`])
    expect(code).toBe(255)
    expect(stderr).toMatch(refusal)
  })
})

const noSlixmpp = lacks('XMPP with slixmpp', ["/usr/bin/python3 -c 'import slixmpp'"])
describe.skipIf(noSlixmpp)('slixmpp', () => {
  const script = besideTests('xmpp-client.py')
  const wordsFor = (jid: string, password: string, ca = lab.ca) => [
    script,
    edge.address,
    String(edge.ports['xmpp']),
    ca,
    jid,
    password,
  ]
  const happened = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  test('signs in through the edge, sees its roster and presence, and chats', async () => {
    const text = 'from a client nobody here wrote: <&> ä'
    // Bob's second client, also outside: it shows that the message arrives.
    const listener = spawn('/usr/bin/python3', [...wordsFor(bob.jid, bob.password), '--listen'])
    let heard = ''
    listener.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    const left = new Promise((resolve) => listener.once('close', resolve))
    await waitFor("Bob's client to be present", () => heard.includes(`"from": "${bob.jid}/`), { lastSeen: () => heard })
    const { stdout } = await run('/usr/bin/python3', [
      ...wordsFor(alice.jid, alice.password),
      ...['--to', bob.jid, '--text', text],
    ])
    await left
    const seen = happened(stdout)
    expect(seen.map(({ event }) => event).slice(0, 3)).toEqual(['tls', 'bound', 'roster'])
    expect(seen[1]!['jid']).toMatch(new RegExp(`^${alice.jid}/.`))
    expect(seen[2]!['contacts']).toContain(bob.jid)
    const present = seen.filter(({ event }) => event === 'presence').map(({ from }) => String(from).split('/')[0])
    expect(new Set(present)).toEqual(new Set([alice.jid, bob.jid]))
    expect(happened(heard)).toContainEqual({ event: 'message', from: alice.jid, body: text })
  })

  test('a wrong password and a CA that is not trusted end it', async () => {
    const wrong = await run('/usr/bin/python3', wordsFor(alice.jid, bob.password))
    expect(happened(wrong.stdout)).toEqual([{ event: 'tls' }, { event: 'refused', reason: 'not-authorized' }])
    const untrusting = wordsFor(alice.jid, alice.password, besideTests('untrusted.pem'))
    expect(happened((await run('/usr/bin/python3', untrusting)).stdout)).toMatchObject([{ event: 'untrusted' }])
  })
})

const noBaresip = lacks('SIP with baresip', ['baresip', 'curl', 'dig'])
describe.skipIf(noBaresip)('baresip', () => {
  /** What a client needs for SIP, all of it from the answer to get_edge_config. */
  const learnLine = async () => {
    const { status, body } = await edgeConfig()
    expect(status).toBe(200)
    const [, name, port] = /<sipEdgeServer><server><address>(.*?)<\/address><tlsPort>(\d+)</.exec(body)!
    const [, parameters] = /<route>&lt;sip:[^;]*;(.*?);lr&gt;<\/route>/.exec(body)!
    const [, registrar] = /<name>_cisco-uds<\/name><server>.*?<address>(.*?)<\/address>/.exec(body)!
    const [server, dnsPort] = lab.dns.public.split(':') as [string, string]
    const address = (await run('dig', [`@${server}`, '-p', dnsPort, '+short', 'A', name!])).stdout.trim()
    expect(address).toBe(edge.address)
    return { outbound: `sip:${address}:${port};${parameters}`, registrar: registrar! }
  }
  const start = async (host: number, options: { password?: string; encryption: string }): Promise<Baresip> => {
    const { outbound, registrar } = await learnLine()
    const account = [
      `<sip:${alice.line}@${registrar};transport=tls>;auth_user=${alice.id}`,
      `auth_pass=${options.password ?? alice.password};outbound="${outbound}";regint=100;audio_codecs=PCMU`,
      ...(options.encryption === '' ? [] : [`mediaenc=${options.encryption}`]),
    ].join(';')
    const address = `127.${lab.lab}.1.${host}`
    return startBaresip({ folder: join(folder, `baresip-${host}`), address, caPath: lab.ca, account })
  }
  const carol = () => lab.users.find(({ id }) => id === 'carol')!
  const desk = () => `sip:${carol().line}@${lab.hosts['cucm1']!.fqdn}`

  test('registers and calls the desk phone with SRTP', async () => {
    const phone = await start(91, { encryption: 'srtp-mand' })
    try {
      await waitFor('the registration', () => /SIP\/2\.0 200 OK[^]*?CSeq: \d+ REGISTER/.test(phone.log()), {
        lastSeen: () => phone.log().slice(-1500),
      })
      phone.command('dial', desk())
      await phone.event('CALL_ESTABLISHED')
      // One report each way comes after five seconds at the latest; audio itself is there at once.
      await waitFor('audio both ways', () => /audio=[1-9]\d+\/[1-9]\d+ \(bit\/s\)/.test(phone.log()))
      phone.command('hangup')
      await waitFor('its summary of the call', () => /jitter: .*\n/.test(phone.log()))
    } finally {
      await phone.stop()
    }
    const log = phone.log()
    expect(log).toContain("mediaenc event 'Secure' (audio,AES_CM_128_HMAC_SHA1_80)")
    const row = (name: string) => new RegExp(`^${name}: +(\\d+) +(\\d+)`, 'm').exec(log)!.slice(1).map(Number)
    const [sent, received] = row('packets') as [number, number]
    expect(sent).toBeGreaterThan(50)
    expect(received).toBeGreaterThan(50)
    expect(Math.abs(sent - received)).toBeLessThan(25)
    expect(row('errors')).toEqual([0, 0])
    expect(row('lost')[1]).toBe(0)
  })

  test('a call without encryption is refused with 488', async () => {
    const phone = await start(92, { encryption: '' })
    try {
      await waitFor('the registration', () => /SIP\/2\.0 200 OK[^]*?CSeq: \d+ REGISTER/.test(phone.log()))
      phone.command('dial', desk())
      expect((await phone.event('CALL_CLOSED', 'CALL_ESTABLISHED')).type).toBe('CALL_CLOSED')
      expect(phone.log()).toMatch(/SIP\/2\.0 488 /)
    } finally {
      await phone.stop()
    }
  })

  test('a wrong password does not register', async () => {
    const phone = await start(93, { encryption: 'srtp-mand', password: 'wrong' })
    try {
      await waitFor('the refusal', () => phone.log().includes('SIP/2.0 403 Forbidden'), { lastSeen: () => phone.log() })
      expect(phone.log()).not.toMatch(/SIP\/2\.0 200 OK[^]*?CSeq: \d+ REGISTER/)
    } finally {
      await phone.stop()
    }
  })
})

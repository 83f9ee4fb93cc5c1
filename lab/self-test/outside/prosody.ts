import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ProsodyOptions {
  /** Its own folder for configuration, accounts and log. */
  readonly folder: string
  readonly address: string
  /** Of the DNS server that it asks. */
  readonly dns: string
  readonly domain: string
  /** Password by user. */
  readonly accounts: Readonly<Record<string, string>>
}

/** Debian's prosody as a child process: clients on 5222, other servers on 5269, both in clear. */
export interface Prosody {
  /** Everything it said about itself. */
  log(): string
  stop(): Promise<void>
}

export function startProsody(options: ProsodyOptions): Prosody {
  writeFolder(options)
  const child = spawn('prosody', ['-F', '--config', join(options.folder, 'prosody.cfg.lua')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.once('error', (error) => (printed += error.message))
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()))
  const ended = new Promise((resolve) => child.once('close', resolve))
  return {
    log: () => printed,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function writeFolder({ folder, address, dns, domain, accounts }: ProsodyOptions): void {
  const data = join(folder, 'data')
  const accountFolder = join(data, encoded(domain), 'accounts')
  mkdirSync(accountFolder, { recursive: true })
  for (const [user, password] of Object.entries(accounts)) {
    writeFileSync(
      join(accountFolder, `${encoded(user)}.dat`),
      `return { ["password"] = ${JSON.stringify(password)}; };\n`,
    )
  }
  writeFileSync(
    join(folder, 'prosody.cfg.lua'),
    `run_as_root = true
pidfile = ${JSON.stringify(join(folder, 'prosody.pid'))}
data_path = ${JSON.stringify(data)}
interfaces = { "${address}" }
local_interfaces = { "${address}" }
modules_enabled = { "roster", "dialback", "disco", "ping", "saslauth" }
modules_disabled = { "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
s2s_require_encryption = false
s2s_secure_auth = false
authentication = "internal_plain"
storage = "internal"
log = { debug = "*console" }
-- libunbound asks no server on the loopback network unless told to.
unbound = { resolvconf = false, hoststxt = false, forward = { "${dns}" }, options = { ["do-not-query-localhost:"] = "no" } }
VirtualHost "${domain}"
`,
  )
}

/** As prosody's internal storage names files. */
function encoded(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

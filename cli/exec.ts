import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ExitCode } from './exit-code.ts'

/**
 * `mra exec -- <program>`: runs a program with `MRA_*` variables of a running lab, whose JSON line is in the file that
 * `MRA_LAB` names, and with its CA for curl, openssl and Node; inside the lab's network where that is a private one.
 */
export async function exec(words: readonly string[]): Promise<void> {
  const path = process.env['MRA_LAB']
  if (path === undefined) {
    throw Object.assign(new Error('set MRA_LAB to a file that holds the line of `mra lab --json`'), {
      code: 'MRA_USAGE',
    })
  }
  const lab = JSON.parse(readFileSync(path, 'utf8')) as {
    ca: string
    domain: string
    dns: { public: string; internal: string }
    hosts: Record<string, { address: string }>
    enter: string | null
  }
  const [program, ...rest] = [...(lab.enter?.split(' ') ?? []), ...words]
  const child = spawn(program!, rest, {
    stdio: 'inherit',
    env: {
      ...process.env,
      CURL_CA_BUNDLE: lab.ca,
      SSL_CERT_FILE: lab.ca,
      NODE_EXTRA_CA_CERTS: lab.ca,
      MRA_DOMAIN: lab.domain,
      MRA_DNS_PUBLIC: lab.dns.public,
      MRA_DNS_INTERNAL: lab.dns.internal,
      ...Object.fromEntries(
        Object.entries(lab.hosts).map(([name, { address }]) => [`MRA_${name.toUpperCase()}`, address]),
      ),
    },
  })
  process.exitCode = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`mra: ${program}: ${error.message}\n`)
      resolve(ExitCode.environment)
    })
    child.once('exit', (code) => resolve(code ?? ExitCode.failed))
  })
}

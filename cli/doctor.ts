import { spawnSync } from 'node:child_process'
import { canMakeNamespaces } from '#lab/fabric/private.ts'
import { mayBindLowPorts } from '#runtime/port-probe.ts'
import { ExitCode } from './exit-code.ts'
import { column, mark, say } from './operate.ts'

interface Check {
  readonly title: string
  readonly passed: boolean
  readonly detail: string
  /** Without it nothing runs. */
  readonly isNeeded: boolean
}

/** What this machine can and cannot run, and what to install for the rest. */
export async function doctor(): Promise<void> {
  const lowPorts = await mayBindLowPorts('127.60.0.1')
  const namespaces = canMakeNamespaces()
  const checks: Check[] = [
    {
      title: 'Node 24',
      passed: Number(process.versions.node.split('.')[0]) >= 24,
      detail: process.version,
      isNeeded: true,
    },
    { title: 'Linux', passed: process.platform === 'linux', detail: process.platform, isNeeded: true },
    {
      title: 'ports below 1024',
      passed: lowPorts,
      detail: lowPorts ? 'can be bound here' : 'cannot be bound: labs run in a private network namespace',
      isNeeded: !namespaces,
    },
    {
      title: 'private network namespaces',
      passed: namespaces,
      detail: namespaces ? 'can be made' : 'cannot be made: --fabric private is not available',
      isNeeded: !lowPorts,
    },
    ...tools.map(({ program, purpose, debian }) => {
      const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
      const missing = `missing: apt-get install ${debian} (${purpose})`
      return { title: program, passed: found !== '', detail: found === '' ? missing : found, isNeeded: false }
    }),
  ]
  for (const { title, passed, detail, isNeeded } of checks) {
    say(`${passed || isNeeded ? mark(passed) : 'none'} ${column(title, 28)} ${detail}`)
  }
  process.exitCode = checks.every((check) => check.passed || !check.isNeeded) ? ExitCode.passed : ExitCode.environment
}

const tools = [
  { program: 'tcpdump', purpose: 'comparing our capture with its', debian: 'tcpdump' },
  { program: 'tshark', purpose: 'judging captures', debian: 'tshark' },
  { program: 'dig', purpose: 'outside DNS client', debian: 'dnsutils' },
  { program: 'curl', purpose: 'outside HTTPS client', debian: 'curl' },
  { program: 'openssl', purpose: 'outside TLS client', debian: 'openssl' },
  { program: 'ssh', purpose: 'outside SSH client', debian: 'openssh-client' },
  { program: 'nft', purpose: 'firewall of the topology static-nat', debian: 'nftables' },
  { program: 'ss', purpose: 'what a lab leaves behind', debian: 'iproute2' },
  { program: 'chromium', purpose: 'walks through the pages in a browser', debian: 'chromium' },
  { program: 'baresip', purpose: 'outside SIP endpoint', debian: 'baresip-core' },
]

import { availableParallelism } from 'node:os'
import { Command, CommanderError, Option } from 'commander'
import { ExitCode } from './exit-code.ts'

const program = new Command('mra')
  .description('Network test and conformance harness, with a reference edge, for Mobile and Remote Access')
  .showHelpAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  mra demo --once --seed 7            sign in, chat, voicemail, two calls with measured tones
  mra lab --json                      a deployment for your own clients and scripts
  mra test --tags @area-TRB           the scenarios of the troubleshooting appendix
  mra repro 407-check-credentials --ladder
  mra coverage --json                 what of the guide is proved
  mra load --registrations 2500 --hold 600   as many clients as a VCS registers, for ten minutes

Exit codes: 0 all passed, 1 a scenario failed, 2 usage, 3 environment, 4 nothing selected, 5 regression, 6 refused target.`,
  )

program
  .command('demo')
  .description('bring the deployment up, run the first sign-in and the first calls, keep it up until Ctrl-C')
  .option('--once', 'end after the demonstration')
  .option('--seed <seed>', 'seed of tones and orders', '1')
  .option('--placement <placement>', 'inline or process', 'inline')
  .option('--sabotage <what>', 'srtp-key: the client encrypts with one wrong key bit')
  .action(async (options) => (await import('./demo.ts')).demo(options))

program
  .command('lab')
  .description('a deployment to use: prints where everything is and runs until Ctrl-C')
  .option('--topology <name>', 'deployment of lab/topology', 'single')
  .option('--list', 'list the topologies')
  .option('--placement <placement>', 'inline or process', 'inline')
  .option('--fabric <fabric>', 'loopback or private', 'loopback')
  .option('--firewall <kind>', 'outside an Expressway with static NAT: reflection or no-reflection', 'reflection')
  .option('--seed <seed>', 'seed of orders', '1')
  .option('--json', 'one JSON line on standard output when ready')
  .option('--once', 'stop as soon as it is ready')
  .option('--empty', 'both VCSs as they come out of the box: configure them with a browser and the guide')
  .option('--record <file>', 'write the API calls that configure the VCSs, for curl or an editor (.http)')
  .action(async (options) => (await import('./lab.ts')).lab(options))

program
  .command('test')
  .description('run scenarios')
  .argument('[features...]', 'feature files or file:line')
  .option('--tags <expression>', 'for example "@TRB-401-02 or @area-DNS"')
  .option('--name <pattern>', 'only scenarios whose title matches')
  .option('--order <order>', 'defined or random', 'defined')
  .option('--seed <seed>', 'seed of the order and of the tones', '1')
  .option('--repeat <times>', 'run so many rounds', '1')
  .option('--jobs <number>', 'scenarios at the same time', String(Math.min(4, availableParallelism() + 1)))
  .option('--placement <placement>', 'inline or process', 'inline')
  .option('--reporter <reporter...>', 'line, json:<path>, junit:<path>, html:<path>')
  .option('--require-all', 'a scenario that cannot run here is an error (exit 3)')
  .addOption(new Option('--into <folder>', 'be a part of the run with this folder').hideHelp())
  .action(async (features, options) => (await import('./test.ts')).test(features, options))

program
  .command('repro')
  .description('reproduce a field issue: healthy, fault, symptom, remedy, healthy')
  .argument('[case]', 'name of the case')
  .option('--list', 'list the cases')
  .option('--seed <seed>', 'seed', '1')
  .option('--ladder', 'print the ladder of the failing exchange')
  .action(async (name, options) => (await import('./repro.ts')).repro(name, options))

program
  .command('ladder')
  .description('print the ladder of a scenario of the last run')
  .argument('<evidence>', 'evidence folder, or part of a scenario title')
  .option('--all', 'also what happened before the deployment was ready')
  .action(async (evidence, options) => (await import('./ladder.ts')).ladder(evidence, options))

program
  .command('coverage')
  .description('what of the guide is proved by a scenario')
  .option('--json', 'one JSON line')
  .action(async (options) => (await import('./coverage.ts')).coverage(options))

program
  .command('ports')
  .description("the guide's port reference; --prove closes each row in a lab and looks at what fails")
  .option('--prove', 'run a lab behind a firewall made of the table, in a network namespace of its own')
  .option('--row <id>', 'only this row, for example PORT-CE-02')
  .option('--silent', 'closed ports answer nothing instead of a reset: slower')
  .option('--claim <functions>', 'with --prove and --row: say that these functions fail with it')
  .option('--json', 'one JSON line')
  .action(async (options) => (await import('./ports.ts')).ports(options))

program
  .command('licence')
  .description('which calls stand with so many licences, what they use and which rule decides')
  .argument('[calls...]', '"20 audio, 90 video, 2 audio at once, end 1 video", or an example such as E2')
  .option('--traversal <number>', 'installed traversal licences (default: 0)')
  .option('--non-traversal <number>', 'installed non-traversal licences (default: 0)')
  .option('--size <size>', 'standard or "Large VM" (default: standard)')
  .option('--list', 'the worked examples and their answers')
  .option('--json', 'one JSON line')
  .addHelpText(
    'after',
    `
Kinds of calls: mra, video, audio, audio+1 (a voice call with a further m-line), h323, interworked, non-traversal, lync,
mra-pair (two endpoints outside), registration. One after the other, or "at once"; what stands ends with "end".`,
  )
  .action(async (calls, options) => (await import('./licence.ts')).licence(calls, options))

const cert = program.command('cert').description('the certificate authority of the lab')

cert
  .command('sign')
  .description('sign a certificate signing request, with the names and usages it asks for')
  .argument('<request>', 'file with the request, PEM: what "Download CSR" of a VCS gives')
  .option('--out <file>', 'write the certificate there instead of to standard output')
  .action(async (request, options) => (await import('./cert.ts')).signRequest(request, options))

cert
  .command('ca')
  .description('the certificate of the authority, for "Trusted CA certificate" of a VCS')
  .option('--out <file>', 'write it there instead of to standard output')
  .action(async (options) => (await import('./cert.ts')).showAuthority(options))

program
  .command('exec')
  .description('run a program with the resolver and CA of a running lab')
  .argument('<program...>', 'program and its arguments, behind --')
  .action(async (words) => (await import('./exec.ts')).exec(words))

program
  .command('doctor')
  .description('what this machine can and cannot run')
  .action(async () => (await import('./doctor.ts')).doctor())

program
  .command('load')
  .description('load on a lab of its own: registrations, sign-ins, calls with SRTP, chats')
  .option('--registrations <number>', 'clients registered over TLS, up to 2500', '0')
  .option('--calls <number>', 'calls with audio both ways at one time, up to 150', '0')
  .option('--sign-ins <number>', 'whole sign-ins over 8443', '0')
  .option('--chats <number>', 'pairs of users who exchange a message each second', '0')
  .option('--hold <seconds>', 'how long everything stays up', '30')
  .option('--ramp <rate>', 'registrations and calls begun in a second', '40')
  .option('--rate <rate>', 'sign-ins begun in a second', '10')
  .option('--throttle <kilobytes>', 'SIP Station TCP Port Throttle Threshold of Unified CM, a second')
  .option('--limit <number>', 'registrations that both VCSs have room for, up to 2500')
  .option('--no-capture', 'do not let tcpdump and tshark judge the audio')
  .option('--target <host>', 'refused: nothing but its own lab is loaded')
  .option('--json', 'one JSON line on standard output; progress goes to standard error')
  .action(async (options) => (await import('./load.ts')).load(options))

program
  .command('bench', { hidden: true })
  .description('measure start, sign-in, SIP and SRTP')
  .action(async () => (await import('./bench.ts')).bench())

program
  .command('gate', { hidden: true })
  .description('types, lint, import rules, unit tests, scenarios, report: what npm test runs')
  .option('--full', 'also what is marked as slow')
  .action(async (options) => (await import('./gate.ts')).gate(options))

/** Milliseconds a verb that is done may need to close what it opened. */
const patience = 2_000

// Who reads our output may stop reading, as `head` does.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ExitCode.usage
  else {
    const { message, code } = error as Error & { code?: string }
    process.stderr.write(`mra: ${message}\n`)
    if (process.env['MRA_DEBUG'] !== undefined) console.error(error)
    process.exitCode =
      code?.startsWith('MRA_USAGE') || code === 'MRA_UNKNOWN_TOPOLOGY' ? ExitCode.usage : ExitCode.environment
  }
}

// A verb that is done ends the program, even if something it opened holds it; this timer itself does not.
setTimeout(() => {
  process.stderr.write(`mra: still open: ${[...new Set(process.getActiveResourcesInfo())].join(', ')}\n`)
  process.exit()
}, patience).unref()

import type { Placement } from '#lab/options.ts'
import { Lab } from '#lab/lab.ts'
import type { EndpointProcesses } from '#lab/roles/endpoints.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Figure } from './processor-time.ts'
import { median, processorTime, processorTimes } from './processor-time.ts'

export interface BenchOptions {
  readonly endpoints: EndpointProcesses
  readonly pkiFolder: string
}

function start({ endpoints, pkiFolder }: BenchOptions, placement: Placement): Promise<Lab> {
  return Lab.start({ placement, seed: 'bench', endpoints, pkiFolder, traceLevel: 'off' })
}

/** From nothing to "the Control reports everything ready". */
export async function benchStart(options: BenchOptions, placement: Placement, rounds: number): Promise<Figure> {
  const wallMs: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = performance.now()
    const used = process.cpuUsage()
    const lab = await start(options, placement)
    wallMs.push(performance.now() - before)
    const own = process.cpuUsage(used)
    const children = lab.hosts().filter((host) => host.pid !== process.pid)
    cpu.push((own.user + own.system) / 1000 + processorTimes(children.map((host) => host.pid)))
    await lab.stop()
  }
  return {
    title: `lab start, ${placement}`,
    wallMs,
    cpu: { all: { value: median(cpu), unit: 'ms' } },
    operations: rounds,
  }
}

/** Alice's whole sign-in from outside, all eight stages. */
export async function benchSignIn(options: BenchOptions, rounds: number): Promise<Figure> {
  await using lab = await start(options, 'inline')
  const alice = lab.endpoint('alice')
  const wallMs: number[] = []
  const hosts: number[] = []
  const client: number[] = []
  for (let round = 0; round < rounds; round++) {
    await alice.open()
    const jabber = options.endpoints.pid('jabber')!
    const [hostsBefore, clientBefore, before] = [processorTime(process.pid), processorTime(jabber), performance.now()]
    const { error } = await alice.signIn()
    if (error !== undefined) throw new Error(error.says)
    wallMs.push(performance.now() - before)
    hosts.push(processorTime(process.pid) - hostsBefore)
    client.push(processorTime(jabber) - clientBefore)
    await alice.call('signOut')
  }
  return {
    title: 'sign-in from outside',
    wallMs,
    cpu: { 'seven hosts': { value: median(hosts), unit: 'ms' }, client: { value: median(client), unit: 'ms' } },
    operations: rounds,
  }
}

/** What Expressway and Control spend, each a process of its own, while `act` runs `operations` operations. */
async function benchBoxes(lab: Lab, title: string, operations: number, act: () => Promise<void>): Promise<Figure> {
  const boxes = { Expressway: lab.host('vcse1').pid, Control: lab.host('vcsc1').pid }
  const before = Object.values(boxes).map(processorTime)
  const started = performance.now()
  await act()
  const wall = (performance.now() - started) / operations
  const cpu = Object.fromEntries(
    Object.entries(boxes).map(([name, pid], index) => [
      name,
      { value: ((processorTime(pid) - before[index]!) / operations) * 1000, unit: 'us' as const },
    ]),
  )
  return { title, wallMs: [wall], cpu, operations }
}

/** Registrations and calls one after the other, then media, through Expressway and Control in processes of their own. */
export async function benchSignalling(options: BenchOptions): Promise<Figure[]> {
  await using lab = await start(options, 'process')
  const [alice, carol] = [lab.endpoint('alice'), lab.endpoint('carol')]
  for (const endpoint of [alice, carol]) {
    const { error } = await endpoint.signIn()
    if (error !== undefined) throw new Error(error.says)
  }
  const register = async (times: number) => {
    for (let turn = 0; turn < times; turn++) await alice.call('reRegister')
  }
  const call = async (times: number) => {
    for (let turn = 0; turn < times; turn++) {
      const { callId } = await alice.call<{ callId: string }>('call', { to: carol.user.line, toneHz: 440 })
      await alice.call('waitCall', { callId, state: 'connected' })
      await alice.call('hangUp', { callId })
    }
  }
  await register(30)
  await call(5)
  return [
    await benchBoxes(lab, 'SIP keepalive REGISTER', 300, () => register(300)),
    await benchBoxes(lab, 'SIP call, INVITE to BYE', 60, () => call(60)),
    await benchMedia(lab),
  ]
}

/**
 * Saves on the Control through its API, one after the other, while a client's keepalives cross it: how long a save takes,
 * and what the keepalives notice of it.
 */
export async function benchSaves(options: BenchOptions): Promise<Figure[]> {
  await using lab = await start(options, 'process')
  const alice = lab.endpoint('alice')
  const { error } = await alice.signIn()
  if (error !== undefined) throw new Error(error.says)
  await using administrator = lab.administrator('vcsc1')
  const { url } = await administrator.page('System > System administration')
  const save = (name: string) => administrator.call({ method: 'PUT', path: url, body: { 'System name': name } })
  const timed = async (times: number, act: (turn: number) => Promise<unknown>) => {
    const wallMs: number[] = []
    for (let turn = 0; turn < times; turn++) {
      const before = performance.now()
      await act(turn)
      wallMs.push(performance.now() - before)
    }
    return wallMs
  }
  const keepalive = () => alice.call('reRegister')
  await timed(20, keepalive)
  await timed(20, (turn) => save(`warm ${turn}`))
  const alone = await timed(300, keepalive)
  const [beside, saves] = await Promise.all([timed(300, keepalive), timed(300, (turn) => save(`name ${turn}`))])
  return [
    { title: 'save through the API, beside keepalives', wallMs: saves, cpu: {}, operations: saves.length },
    { title: 'keepalive REGISTER, no saves', wallMs: alone, cpu: {}, operations: alone.length },
    { title: 'keepalive REGISTER, beside saves', wallMs: beside, cpu: {}, operations: beside.length },
  ]
}

/** One call's audio for five seconds; what the boxes spend idle in the same time is taken off. */
async function benchMedia(lab: Lab): Promise<Figure> {
  const [alice, carol] = [lab.endpoint('alice'), lab.endpoint('carol')]
  const seconds = 5
  const pause = () => {
    const end = performance.now() + seconds * 1000
    return waitFor('the time to pass', () => performance.now() >= end, { limitMs: seconds * 2000, everyMs: 250 })
  }
  const idle = await benchBoxes(lab, 'idle', 1, async () => void (await pause()))
  const { callId } = await alice.call<{ callId: string }>('call', { to: carol.user.line, toneHz: 440 })
  await alice.call('waitCall', { callId, state: 'connected' })
  const busy = await benchBoxes(lab, 'busy', 1, async () => void (await pause()))
  const { packetsSent, packetsReceived } = await alice.call<{ packetsSent: number; packetsReceived: number }>('audio', {
    callId,
  })
  await alice.call('hangUp', { callId })
  const packets = packetsSent + packetsReceived
  const cpu = Object.fromEntries(
    Object.entries(busy.cpu).map(([name, { value }]) => [
      name,
      { value: Math.max(0, value - idle.cpu[name]!.value) / packets, unit: 'us' as const },
    ]),
  )
  return { title: 'SRTP packet, one call at 100 packets/s', cpu, operations: packets }
}

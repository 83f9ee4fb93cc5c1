import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { waitFor } from '#runtime/wait.ts'

export interface BaresipOptions {
  /** Its own folder for configuration and audio. */
  readonly folder: string
  /** An address of the lab, in the internet or inside: for its SIP, RTP and control. */
  readonly address: string
  /** Port it takes SIP at; the kernel's choice otherwise. */
  readonly sipPort?: number
  readonly caPath: string
  /** One line of baresip's `accounts` file. */
  readonly account: string
}

/** What baresip's control interface tells: `REGISTER_OK`, `CALL_ESTABLISHED`, `CALL_CLOSED` … */
export interface BaresipEvent {
  readonly type: string
  readonly param: string
}

/** Debian's baresip as a child process, driven through its control interface (ctrl_tcp, netstrings of JSON). */
export interface Baresip {
  command(command: string, params?: string): void
  /** The first event of one of these types from now on, or already seen and not yet taken. */
  event(...types: string[]): Promise<BaresipEvent>
  /** Everything it printed: SIP messages and, at the end of a call, its audio statistics. */
  log(): string
  stop(): Promise<void>
}

/** baresip as a SIP device: over TCP it registers at its proxy, calls through it, and answers what rings. */
export interface DeviceAccount {
  /** `user@domain`. */
  readonly alias: string
  readonly password: string
  /** Of its proxy. */
  readonly address: string
  /** False: calls go to the proxy, and it registers nowhere. */
  readonly registers?: boolean
  /** How it meets calls; auto where it is left out. */
  readonly answers?: 'auto' | 'manual'
  /** baresip's name of a media encryption, for example `srtp-mand`; none where it is left out. */
  readonly encryption?: string
}

/** The line of its `accounts` file for that. */
export function deviceAccount(account: DeviceAccount): string {
  const { alias, password, address, registers = true, answers = 'auto', encryption } = account
  return [
    `<sip:${alias};transport=tcp>`,
    `auth_user=${alias.split('@')[0]}`,
    `auth_pass=${password}`,
    `outbound="sip:${address}:5060;transport=tcp"`,
    `regint=${registers ? 60 : 0}`,
    'audio_codecs=PCMU',
    `answermode=${answers}`,
    ...(encryption === undefined ? [] : [`mediaenc=${encryption}`]),
  ].join(';')
}

const controlPort = 5599

export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  writeFolder(options)
  const child = spawn('baresip', ['-f', options.folder, '-v', '-s'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()))
  const ended = new Promise((resolve) => child.once('close', resolve))
  let control: Socket | undefined
  const stop = async () => {
    control?.destroy()
    child.kill('SIGTERM')
    await ended
  }
  try {
    await waitFor('baresip to be ready', () => {
      if (failure !== undefined) throw failure
      if (child.exitCode !== null) throw new Error(`baresip ended with ${child.exitCode}`)
      return printed.includes('baresip is ready')
    })
    control = await connect(options.address)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}; baresip printed: ${printed.slice(-1500)}`, { cause: error })
  }
  const events = readEvents(control)
  return {
    command(command, params = '') {
      const text = JSON.stringify({ command, params })
      control.write(`${Buffer.byteLength(text)}:${text},`)
    },
    event: (...types) =>
      waitFor(
        `baresip's ${types.join(' or ')}`,
        () => {
          const index = events.findIndex(({ type }) => types.includes(type))
          return index === -1 ? false : events.splice(index, 1)[0]
        },
        { limitMs: 8_000, lastSeen: () => printed.slice(-1500) },
      ),
    log: () => printed,
    stop,
  }
}

function connect(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port: controlPort })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Takes events as they arrive; answers to commands are no events. */
function readEvents(control: Socket): BaresipEvent[] {
  const events: BaresipEvent[] = []
  let buffer = Buffer.alloc(0)
  control.on('error', () => control.destroy())
  control.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const colon = buffer.indexOf(':')
      const end = colon + 1 + Number(buffer.subarray(0, Math.max(colon, 0)).toString())
      if (colon === -1 || buffer.length <= end) return
      const message = JSON.parse(buffer.subarray(colon + 1, end).toString()) as { event?: boolean } & BaresipEvent
      buffer = buffer.subarray(end + 1)
      if (message.event === true) events.push(message)
    }
  })
  return events
}

function writeFolder({ folder, address, sipPort = 0, caPath, account }: BaresipOptions): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tone.wav'), toneFile(12))
  writeFileSync(join(folder, 'accounts'), account + '\n')
  writeFileSync(join(folder, 'contacts'), '')
  const lines = [
    'module_path /usr/lib/baresip/modules',
    `sip_listen ${address}:${sipPort}`,
    `sip_cafile ${caPath}`,
    'sip_verify_server yes',
    `audio_source aufile,${join(folder, 'tone.wav')}`,
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'audio_channels 1',
    `net_interface ${address}`,
    'rtp_ports 20000-20998',
    'rtp_stats yes',
    ...['g711', 'aufile', 'srtp', 'uuid'].map((name) => `module ${name}.so`),
    'module_tmp account.so',
    'module_app menu.so',
    'module ctrl_tcp.so',
    `ctrl_tcp_listen ${address}:${controlPort}`,
    'call_max_calls 4',
  ]
  writeFileSync(join(folder, 'config'), lines.join('\n') + '\n')
}

/** 425 Hz, 8000 samples a second, 16 bits. */
function toneFile(seconds: number): Buffer {
  const rate = 8000
  const samples = Buffer.alloc(2 * rate * seconds)
  for (let index = 0; index < rate * seconds; index++) {
    samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 425 * index) / rate)), 2 * index)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(2 * rate, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

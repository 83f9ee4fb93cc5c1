import { createConnection, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { chmodSync, rmSync } from 'node:fs'
import type { Service } from './service.ts'
import { service } from './service.ts'

/** What the lab may ask a host: JSON in, JSON out. Inline the same object is called directly. */
export type Management = Readonly<Record<string, (parameters: never) => Promise<unknown>>>

/** The caller's side of it, wherever the host runs. */
export interface ManagementClient extends AsyncDisposable {
  call<T = unknown>(method: string, parameters?: unknown): Promise<T>
  close(): Promise<void>
}

export class ManagementError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** Calls the object itself; results are copied as JSON so that both placements behave alike. */
export function inlineManagement(host: string, management: Management): ManagementClient {
  const close = async () => {}
  return {
    close,
    [Symbol.asyncDispose]: close,
    async call<T>(method: string, parameters: unknown = {}): Promise<T> {
      const result = await invoke(host, management, method, parameters)
      return (result === undefined ? undefined : JSON.parse(JSON.stringify(result))) as T
    },
  }
}

/** Serves the methods as JSON lines on a unix socket of mode 0600: it opens no port. */
export async function serveManagement(path: string, host: string, management: Management): Promise<Service> {
  rmSync(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    eachLine(socket, (line) => void answerLine(socket, host, management, line))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  chmodSync(path, 0o600)
  return service(`management ${path}`, async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  })
}

/** Connects to a host's management socket. */
export async function connectManagement(path: string): Promise<ManagementClient> {
  const socket = createConnection(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      resolve()
    })
  })
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let next = 0
  socket.on('error', () => {})
  socket.once('close', () => {
    for (const { reject } of waiting.values()) reject(new ManagementError(`${path} closed`, 'MRA_MANAGEMENT_CLOSED'))
    waiting.clear()
  })
  eachLine(socket, (line) => {
    const reply = JSON.parse(line) as { id: number; result?: never; error?: { message: string; code: string } }
    const caller = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error === undefined) caller?.resolve(reply.result as never)
    else caller?.reject(new ManagementError(reply.error.message, reply.error.code))
  })
  const close = async () => void socket.destroy()
  return {
    close,
    [Symbol.asyncDispose]: close,
    call: (method, parameters = {}) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new ManagementError(`${path} is closed`, 'MRA_MANAGEMENT_CLOSED'))
        const id = next++
        waiting.set(id, { resolve, reject })
        socket.write(JSON.stringify({ id, method, parameters }) + '\n')
      }),
  }
}

async function invoke(host: string, management: Management, method: string, parameters: unknown): Promise<unknown> {
  const action = Object.hasOwn(management, method) ? management[method] : undefined
  if (action === undefined) {
    const known = Object.keys(management).join(', ')
    throw new ManagementError(`${host} has no method ${method}; it has ${known}`, 'MRA_MANAGEMENT_METHOD')
  }
  return action(parameters as never)
}

async function answerLine(socket: Socket, host: string, management: Management, line: string): Promise<void> {
  let id: unknown
  const reply = (rest: object) => socket.destroyed || socket.write(JSON.stringify({ id, ...rest }) + '\n')
  try {
    const asked = JSON.parse(line) as { id: unknown; method: string; parameters: unknown }
    id = asked.id
    const result = await invoke(host, management, asked.method, asked.parameters)
    reply({ result: result ?? null })
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    reply({ error: { message, code: code ?? 'MRA_MANAGEMENT' } })
  }
}

function eachLine(socket: Socket, take: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') take(line)
  })
}

import { createRequire } from 'node:module'
import type { FromProcess, ToProcess } from './messages.ts'
import { WebrtcCall } from './webrtc-call.ts'
import type { WebrtcLibrary } from './webrtc-library.ts'

// The process of its own that a WebRTC library needs: `node main.ts <module>`, spoken to over Node's channel between
// processes. It ends with that channel.

const say = (message: FromProcess) => void (process.connected && process.send!(message))
const calls = new Map<number, WebrtcCall>()
const mostCalls = 64

async function take(library: WebrtcLibrary, message: ToProcess): Promise<void> {
  const { line } = message
  if (message.type === 'open') {
    if (calls.size >= mostCalls) throw new Error(`${mostCalls} calls are open`)
    const call = new WebrtcCall(library, message.toneHz, (at, samples) => say({ type: 'heard', line, at, samples }))
    calls.set(line, call)
    return say({ type: 'offered', line, sdp: await call.offer() })
  }
  const call = calls.get(line)
  if (message.type === 'answer') await call?.takeAnswer(message.sdp)
  if (message.type === 'tone') call?.setTone(message.toneHz)
  if (message.type === 'close') {
    calls.delete(line)
    call?.close()
  }
}

function load(module: string): WebrtcLibrary | undefined {
  try {
    return createRequire(import.meta.url)(module) as WebrtcLibrary
  } catch (error) {
    say({ type: 'failed', why: (error as Error).message.split('\n')[0]! })
    return undefined
  }
}

const library = load(process.argv[2]!)
if (library !== undefined) {
  process.on('message', (message: ToProcess) => {
    take(library, message).catch((error: Error) => say({ type: 'broken', line: message.line, why: error.message }))
  })
  process.on('disconnect', () => process.exit(0))
  say({ type: 'ready' })
}

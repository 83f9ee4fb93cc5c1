import type { CameraMove } from '../media/camera-control-line.ts'
import { cameraMoves } from '../media/camera-control-line.ts'
import type { EndpointVideo } from '../media/endpoint-video.ts'
import type { CallBook } from './calls.ts'
import type { TelephoneLine } from './telephone-line.ts'

interface OfCall {
  /** The newest call where it is left out. */
  readonly callId?: string
}

/** The methods of an endpoint that have to do with pictures, slides and keys of a call. */
export function mediaManagement({ calls, line }: { readonly calls: CallBook; readonly line: () => TelephoneLine }) {
  const videoOf = ({ callId }: OfCall): EndpointVideo => {
    const { audio, id } = calls.find(callId)
    if (audio?.video === undefined) throw new Error(`${id} has no video`)
    return audio.video
  }
  return {
    async video(call: OfCall) {
      return videoOf(call).report()
    },
    /** Shows slides; throws where the call has none, or the floor is refused. */
    async share(call: OfCall) {
      await videoOf(call).share()
    },
    async stopSharing(call: OfCall) {
      await videoOf(call).stopSharing()
    },
    async requestKeyframe({ kind, ...call }: OfCall & { kind: 'PLI' | 'FIR' }) {
      if (kind !== 'PLI' && kind !== 'FIR') throw new Error('a keyframe is asked for by PLI or FIR')
      videoOf(call).requestKeyframe(kind)
    },
    async turnFarCamera({ move, ...call }: OfCall & { move: CameraMove }) {
      if (!(move in cameraMoves)) throw new Error(`a camera turns ${Object.keys(cameraMoves).join(', ')}`)
      videoOf(call).turnFarCamera(move)
    },
    /** A re-INVITE with other keys for every stream; its final response. */
    async renewKeys({ callId }: OfCall) {
      const call = calls.find(callId)
      call.audio?.renewKeys()
      return line().setHold(call, false)
    },
  }
}

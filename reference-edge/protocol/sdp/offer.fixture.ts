import type { SessionDescription } from './session-description.ts'
import { parseSdp } from './session-description.ts'

/** The value of a description that is known to be well formed. */
export function read(text: string | Uint8Array): SessionDescription {
  const parsed = parseSdp(text)
  if (!parsed.ok) throw new Error(`line ${parsed.problem.line}: ${parsed.problem.says}`)
  return parsed.sdp
}

/** An offer of a soft client with audio, video, presentation and far-end camera control. */
export const jabberOffer = `v=0
o=Cisco-SIPUA 4711 0 IN IP4 192.0.2.10
s=SIP Call
b=AS:4000
t=0 0
m=audio 16384 RTP/SAVP 9 0 8 18 101
c=IN IP4 192.0.2.10
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^48
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^48
a=sendrecv
m=video 16386 RTP/SAVP 126 97
c=IN IP4 192.0.2.10
b=TIAS:4000000
a=rtpmap:126 H264/90000
a=fmtp:126 profile-level-id=42E01F;packetization-mode=1;level-asymmetry-allowed=1
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42E01F;packetization-mode=0;level-asymmetry-allowed=1
a=rtcp-fb:* nack pli
a=content:main
a=label:11
a=sendrecv
m=application 5070 UDP/BFCP *
c=IN IP4 192.0.2.10
a=floorctrl:c-s
a=confid:3
a=floorid:2 mstrm:12
a=userid:3
a=setup:actpass
a=connection:new
m=application 16390 RTP/AVP 125
c=IN IP4 192.0.2.10
a=rtpmap:125 H224/4800
`.replaceAll('\n', '\r\n')

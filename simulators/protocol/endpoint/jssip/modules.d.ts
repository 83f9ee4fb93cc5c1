// Parts of JsSIP that it does not type: requests sent beside its own registrator, whose timers follow no clock of ours.

declare module 'jssip/lib/RequestSender.js' {
  export default class RequestSender {
    constructor(
      agent: unknown,
      request: unknown,
      handlers: {
        onRequestTimeout(): void
        onTransportError(): void
        onReceiveResponse(response: { status_code: number }): void
        onAuthenticated(): void
      },
    )
    send(): void
  }
}

declare module 'jssip/lib/SIPMessage.js' {
  const messages: {
    OutgoingRequest: new (
      method: string,
      requestUri: unknown,
      agent: unknown,
      parameters: { call_id: string; cseq: number; from_tag: string; to_uri: unknown },
      headers: string[],
      body?: string,
    ) => unknown
  }
  export default messages
}

import type { Content } from '#simulators/protocol/sip/build.ts'

/** The body of a 200 to REGISTER: what this Unified CM can do, in the form Cisco clients ask for. */
export function optionsIndication(): Content {
  return {
    type: 'application/x-cisco-remotecc-response+xml',
    body:
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<x-cisco-remotecc-response><response><code>200</code><reason></reason>' +
      '<optionsind><combine max="6"><remotecc><status/></remotecc><service-control/></combine>' +
      '<dialog usage="shared line"><unot></unot><sub></sub></dialog>' +
      '<presence usage="blf speed dial"><unot></unot><sub></sub></presence>' +
      '</optionsind></response></x-cisco-remotecc-response>\n',
  }
}

/** What became of the soft key Conference. */
export function conferenceResponse(code: number): Content {
  return {
    type: 'application/x-cisco-remotecc-response+xml',
    body:
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<x-cisco-remotecc-response><response><code>${code}</code><reason></reason></response></x-cisco-remotecc-response>\n`,
  }
}

/** A word of Unified CM to a device outside any call: the status line it shows. */
export function statusLine(text: string): Content {
  return {
    type: 'application/x-cisco-remotecc-request+xml',
    body:
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<x-cisco-remotecc-request><statuslineupdatereq><action>notify_display</action><dialogid><callid></callid><localtag></localtag><remotetag></remotetag></dialogid><statustext>${text}</statustext><displaytimeout>10</displaytimeout><linenumber>0</linenumber><priority>5</priority></statuslineupdatereq></x-cisco-remotecc-request>\n`,
  }
}

/** RFC 3842: the message waiting lamp. */
export function messageSummary(isWaiting: boolean): Content {
  return { type: 'application/simple-message-summary', body: `Messages-Waiting: ${isWaiting ? 'yes' : 'no'}\r\n` }
}

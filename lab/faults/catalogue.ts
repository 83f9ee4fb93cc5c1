import { ilsNotSetUp401 } from './401-ils-not-set-up.ts'
import { wrongPassword401 } from './401-wrong-password.ts'
import { ntp403 } from './403-ntp.ts'
import { onePeerWithoutNtp403 } from './403-one-peer-without-ntp.ts'
import { voicemail403 } from './403-voicemail-not-on-allow-list.ts'
import { checkCredentials407 } from './407-check-credentials.ts'
import { xmppBind409 } from './409-xmpp-bind.ts'
import { regionBitRate384 } from './384-region-bit-rate.ts'
import { clusterNameNotInCertificate } from './cluster-name-not-in-certificate.ts'
import { imAndPresence911 } from './imp-9-1-1-cannot-be-added.ts'
import { staticNatWithoutReflection } from './static-nat-no-reflection.ts'
import type { FieldIssue } from './field-issue.ts'

/** Every field issue that can be reproduced, made anew at each call: an issue may hold what it applied. */
export function fieldIssues(): FieldIssue[] {
  return [
    wrongPassword401(),
    ilsNotSetUp401(),
    ntp403(),
    onePeerWithoutNtp403(),
    voicemail403(),
    checkCredentials407(),
    xmppBind409(),
    imAndPresence911(),
    regionBitRate384(),
    clusterNameNotInCertificate(),
    staticNatWithoutReflection(),
  ]
}

export function fieldIssue(name: string): FieldIssue {
  const issue = fieldIssues().find((candidate) => candidate.name === name)
  if (issue === undefined) {
    const known = fieldIssues().map((candidate) => candidate.name)
    throw Object.assign(new Error(`there is no field issue "${name}"; known: ${known.join(', ')}`), {
      code: 'MRA_USAGE',
    })
  }
  return issue
}

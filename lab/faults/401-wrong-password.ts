import type { FieldIssue } from './field-issue.ts'

/** What Alice types; the healthy deployment's password is random and never this. */
const mistyped = 'not-her-password'

/** Guide: Appendix 1, VCS returns "401 unauthorized". */
export function wrongPassword401(): FieldIssue {
  let password: string | undefined
  return {
    name: '401-wrong-password',
    ids: ['TRB-401-02'],
    guide: 'Appendix 1, VCS returns "401 unauthorized" failure messages',
    symptom: '401 unauthorized',
    cause: 'the client supplies a known user name with the wrong password',
    adminSees: 'no provisioning session for the user; Unified CM answered 401 to the check of the credentials',
    remedy: 'sign in with the right password',
    tellTale: 'every attempt fails, whichever Unified CM node is asked, and the right password works at once',
    lookAlikes: ['401-unknown-user: Unified CM does not know the name', '401-ils: only some attempts fail'],
    async apply() {
      password = mistyped
    },
    async mend() {
      password = undefined
    },
    async exercise(lab) {
      const alice = lab.endpoint('alice')
      await alice.call('signOut')
      const result = await alice.signIn(password === undefined ? {} : { password })
      if (result.error === undefined) return { outcome: 'works', says: `Alice is signed in (${result.state})` }
      const says = `refused: ${result.error.status ?? ''} ${result.error.says} (${result.error.token})`
      return { outcome: result.error.status === 401 ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && to === 'alice' && summary.startsWith('401 '),
  }
}

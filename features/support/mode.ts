import type { VcsDocument } from '#lab/vcs/vcs-document.ts'
import type { Change } from './vcs-pages.ts'
import { formChange, onlyRows, Page, rowsChange } from './vcs-pages.ts'

export const withMode = (isOn: boolean) =>
  formChange(Page.unifiedCommunications, { 'Unified Communications mode': isOn ? 'Mobile and remote access' : 'Off' })

/** With the mode off nothing that depends on it can be entered. */
export const withoutMode: Change = (document) =>
  [withMode(false), withoutUcServices, ...(Page.domains in document ? [withoutUnifiedCm] : [])].reduce(
    (changed, change) => change(changed),
    document,
  )

const withoutUcServices = rowsChange(Page.zones, { 'Unified Communications services': 'No' })

const withoutUnifiedCm: Change = (document) =>
  [
    rowsChange(Page.domains, {
      'SIP registrations and provisioning on Unified CM': 'Off',
      'IM and Presence services on Unified CM': 'Off',
    }),
    ...[Page.unifiedCm, Page.imAndPresence, Page.allowList].map((page) => onlyRows(page, [])),
  ].reduce<VcsDocument>((changed, change) => change(changed), document)

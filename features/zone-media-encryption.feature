Feature: Media encryption mode of the traversal zone
  Force encrypted is the only mode mobile and remote access is meant for; the others do what they are called.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: every mode but Force encrypted is a configuration error

    Scenario Outline: the mode is <mode>
      Given "Media encryption mode" is "<mode>" for the traversal zone of the VCS Control
      And the deployment runs
      Then the VCS Control shows the configuration error "Media encryption mode is not Force encrypted"
      And the VCS Control raises the alarm "Unified Communications configuration error - Media encryption is not enforced on a Unified Communications services traversal zone"
      When the administrator sets "Media encryption mode" of the traversal zone of the VCS Control to "Force encrypted"
      Then the VCS Control shows no configuration error
      And the VCS Control has lowered the alarm "Unified Communications configuration error - Media encryption is not enforced on a Unified Communications services traversal zone"

      Examples:
        | mode              |
        | Force unencrypted |
        | Best effort       |
        | Auto              |

  Rule: the legs through the zone are as the mode has them

    Scenario: Force unencrypted lets a Jabber call in clear
      Given "Media encryption mode" is "Force unencrypted" for the traversal zone of the VCS Control
      And the Jabber of Alice sends its media in clear
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      And every session description between the VCS Expressway and the VCS Control asks for plain RTP
      And the media between the VCS Expressway and the VCS Control is readable by anybody
      And the media between Alice and the VCS Expressway is readable by anybody

    Scenario: Force unencrypted refuses a Jabber that encrypts
      Given "Media encryption mode" is "Force unencrypted" for the traversal zone of the VCS Control
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call fails with "488 Not Acceptable Here"
      And no INVITE reaches Carol
      When the administrator sets "Media encryption mode" of the traversal zone of the VCS Control to "Force encrypted"
      And Alice signs in
      And Alice calls Carol
      Then the call connects

    Scenario: Best effort encrypts where the Jabber does
      Given "Media encryption mode" is "Best effort" for the traversal zone of the VCS Control
      And Alice and Carol are signed in
      When Carol calls Alice
      Then the call connects
      And Alice and Carol hear each other
      And every session description between the VCS Expressway and the VCS Control asks for SRTP
      And the media between the VCS Expressway and the VCS Control is encrypted

    Scenario: Best effort does without encryption where the Jabber does
      Given "Media encryption mode" is "Best effort" for the traversal zone of the VCS Control
      And the Jabber of Alice sends its media in clear
      And Alice and Carol are signed in
      When Carol calls Alice
      Then the call connects
      And Alice and Carol hear each other
      And the media between the VCS Expressway and the VCS Control is readable by anybody

    Scenario: Auto leaves media as the caller offers them
      Given "Media encryption mode" is "Auto" for the traversal zone of the VCS Control
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call fails with "488 Not Acceptable Here"
      And every INVITE between the VCS Control and the Unified CM asks for SRTP

    Scenario: Auto lets a Jabber call in clear
      Given "Media encryption mode" is "Auto" for the traversal zone of the VCS Control
      And the Jabber of Alice sends its media in clear
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      And every session description between the VCS Expressway and the VCS Control asks for plain RTP

Feature: Mobile and remote access: business-to-business calls beside it

  Background:
    Given SIP devices of the Control and another company

  Rule: a secure call with another company is a traversal call with a license

    @OVW-13
    Scenario: Dave calls Peter of another company
      Given both VCSs have 2 traversal and 0 non-traversal licenses
      And Dave offers video too
      And Peter offers video too
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the audio of Peter is SRTP
      And the call on the VCS Expressway is a "VCS traversal call"
      And both VCSs count 0 remote sessions, 1 of 150 traversal resources and 1 of 2 traversal licenses

    @OVW-13
    Scenario: Alice's call is none of them
      Given both VCSs have 2 traversal and 0 non-traversal licenses
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And the call on the VCS Expressway is a "Unified CM remote session"
      And both VCSs count 1 remote session, 1 of 150 traversal resources and 0 of 2 traversal licenses

  Rule: remote sessions and traversal calls share the resources of a VCS

    @LIC-12
    Scenario: two places, one call of each kind, and licenses to spare
      Given both VCSs have room for 2 calls
      And both VCSs have 50 traversal and 50 non-traversal licenses
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Dave and Peter are signed in
      And Alice is in a call with Carol
      And Dave is in a call with Peter
      Then both VCSs count 2 of 2 traversal resources and 0.5 of 50 traversal licenses
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When the board room calls Bob
      Then the call fails with "503 Service Unavailable"
      And the refusal at the board room says "Traversal call resource limit reached"
      And no INVITE reaches Bob
      When Alice hangs up
      Then the call ends at Carol
      When Dave calls Peter
      Then the call connects
      And both VCSs count 2 of 2 traversal resources and 1 of 50 traversal licenses

Feature: SIP trunks between Unified CM and VCS Control: none is needed for mobile and remote access

  Rule: everything goes over the line side

    @TRK-01 @TRK-02
    Scenario: Unified CM has no SIP trunk at all
      Given a single Control, Expressway, Unified CM and IM&P
      And Bob and Carol are signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has no SIP trunk
      And the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice writes "no trunk" to Bob
      Then Bob reads "no trunk" from Alice
      And Alice can read the voicemail list
      And all SIP of the VCS Control has come to port 5060 of Unified CM

    @TRK-01 @TRK-02
    Scenario: every SIP trunk is deleted
      Given SIP devices of the Control and another company
      And Alice and Carol are signed in
      And Dave is signed in
      When the administrator of Unified CM deletes every SIP trunk
      Then Unified CM has no SIP trunk
      And the zone "UnifiedCmTrunk" of the VCS Control fails
      And the zone "CEtcp-cucm1" is active on port 5060
      When Alice signs in
      Then the sign-in of Alice succeeds
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Dave calls the number "1003@example.com"
      Then the call of Dave is refused

Feature: Unified CM dial plan

  Rule: search rules of the VCS have no part in what devices of Unified CM dial

    @DIAL-01
    Scenario: the same digits at home and at the desk
      Given Alice and Bob are signed in
      And Carol is signed in
      When Alice calls Carol
      Then the call connects
      And Unified CM gets the call of Alice for "1003"
      When Alice hangs up
      And Bob calls Carol
      Then the call connects
      And Unified CM gets the call of Bob for "1003"

    @DIAL-01
    Scenario: a search rule that rewrites the number, before all others
      Given SIP devices of the Control and another company
      And the first search rule of the VCS Control turns "1003" into "1002"
      And Alice and Carol are signed in
      And Bob is signed in
      When Alice calls Carol
      Then the call connects
      And Unified CM gets the call of Alice for "1003"
      And no INVITE reaches Bob

    Scenario: the same search rule for a device of the VCS
      Given SIP devices of the Control and another company
      And the first search rule of the VCS Control turns "1003" into "1002"
      And Carol and Bob are signed in
      And Dave is signed in
      And Bob answers no calls
      When Dave calls the number "1003"
      Then it rings at Bob
      And Unified CM gets the call of Dave for "1002"
      And no INVITE reaches Carol

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

  Rule: a device has the same dial plan inside and outside

    @DIAL-02
    Scenario: Alice's Jabber in the office and at home
      Given the line of Carol is in the partition "Staff" and that of Bob in "Managers"
      And the device of Alice has a calling search space of "Staff"
      And Bob and Carol are signed in
      When Alice comes into the office
      And Alice signs in
      And Alice calls Carol
      Then the call connects
      And the number of Alice at Carol is "1001"
      When Alice hangs up
      And Alice calls the number "1002"
      Then the call fails with "404 Not Found"
      And Alice has spoken with Unified CM itself
      When Alice goes home
      And Alice signs in
      And Alice calls Carol
      Then the call connects
      And the number of Alice at Carol is "1001"
      When Alice hangs up
      And Alice calls the number "1002"
      Then the call fails with "404 Not Found"
      And Unified CM has got the calls of Alice for "1003, 1002, 1003, 1002" from one device
      And no INVITE reaches Bob

    @DIAL-02
    Scenario: at home it has another calling search space
      Given the line of Carol is in the partition "Staff" and that of Bob in "Managers"
      And the device of Alice has a calling search space of "Staff"
      And Carol is signed in
      When Alice comes into the office
      And Alice signs in
      And Alice calls Carol
      Then the call connects
      When Alice hangs up
      And Alice goes home
      And the device of Alice gets a calling search space of "Managers"
      And Alice signs in
      And Alice calls the number "1003"
      Then the call fails with "404 Not Found"

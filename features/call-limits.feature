Feature: VCS call types and licensing: how many calls
  The examples in which licenses or resources run out: in small on every run, at full size where there is time for it.

  Background:
    Given SIP devices of the Control and another company

  Rule: 100 licenses are 90 video and 20 audio-only calls where a whole license is free at each audio set-up

    Scenario Outline: the <audio> audio calls first, then <video> video calls on <licenses> licenses
      Given both VCSs have <licenses> traversal and 5 non-traversal licenses
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      And Erin is signed in
      And Dave and Peter negotiate media and send none
      When Dave sets up <audio> audio calls with Peter
      And Dave sets up <video> video calls with Peter
      Then <all> calls stand between Dave and Peter
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call license limit reached"
      And <all> calls stand between Dave and Peter
      And both VCSs count <all> of 150 traversal resources and <licenses> of <licenses> traversal licenses
      When Alice calls Carol
      Then the call connects
      When Dave calls Erin
      Then the call connects
      When Dave ends all calls
      And Alice ends all calls
      Then no call, licence or media port is counted where the VCSs still run

      @LIC-07
      Examples: in small
        | audio | video | all | licenses |
        | 2     | 3     | 5   | 4        |

      @LIC-07 @slow
      Examples: at full size
        | audio | video | all | licenses |
        | 20    | 90    | 110 | 100      |

    Scenario Outline: the <video> video calls first: the last of <audio> audio calls does not fit on <licenses> licenses
      Given both VCSs have <licenses> traversal and 5 non-traversal licenses
      And Dave and Peter are signed in
      And Dave and Peter negotiate media and send none
      When Dave sets up <video> video calls with Peter
      And Dave sets up <fit> audio calls with Peter
      Then <all> calls stand between Dave and Peter
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call license limit reached"
      And <all> calls stand between Dave and Peter
      And both VCSs count <all> of 150 traversal resources and <used> of <licenses> traversal licenses
      When Dave ends all calls
      Then no call, licence or media port is counted where the VCSs still run

      @LIC-07
      Examples: in small
        | audio | fit | video | all | licenses | used |
        | 2     | 1   | 3     | 4   | 4        | 3.5  |

      @LIC-07 @slow
      Examples: at full size
        | audio | fit | video | all | licenses | used |
        | 20    | 19  | 90    | 109 | 100      | 99.5 |

  Rule: whatever licenses are free, no call is taken beyond the traversal resources

    Scenario Outline: only audio calls on <licenses> licenses: <fit> stand, then the <limit> limit
      Given both VCSs have <licenses> traversal and 0 non-traversal licenses
      And both VCSs have room for <room> calls
      And Dave and Peter are signed in
      And Dave and Peter negotiate media and send none
      When Dave sets up <fit> audio calls with Peter
      Then <fit> calls stand between Dave and Peter
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call <limit> limit reached"
      And <fit> calls stand between Dave and Peter
      When Dave ends all calls
      Then no call, licence or media port is counted where the VCSs still run

      @LIC-12 @LIC-17
      Examples: in small
        | licenses | room | fit | limit    |
        | 3        | 6    | 5   | license  |
        | 4        | 6    | 6   | resource |

      @LIC-12 @LIC-17 @slow
      Examples: at full size
        | licenses | room | fit | limit    |
        | 75       | 150  | 149 | license  |
        | 76       | 150  | 150 | resource |

    @LIC-11 @LIC-12
    Scenario: remote sessions and video calls take all places, and licenses are left over
      Given both VCSs have 4 traversal and 0 non-traversal licenses
      And both VCSs have room for 5 calls
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      And Dave and Peter negotiate media and send none
      When Alice sets up 2 calls with Carol
      And Dave sets up 3 video calls with Peter
      Then 2 calls stand between Alice and Carol
      And 3 calls stand between Dave and Peter
      And both VCSs count 5 of 5 traversal resources and 3 of 4 traversal licenses
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When Alice calls Carol
      Then the call fails with "503 Service Unavailable"
      And the refusal at Alice says "Traversal call resource limit reached"
      When Peter calls Dave
      Then the call fails with "503 Service Unavailable"
      And the refusal at Peter says "Traversal call resource limit reached"
      And 2 calls stand between Alice and Carol
      And 3 calls stand between Dave and Peter
      When Alice ends all calls
      And Dave ends all calls
      Then no call, licence or media port is counted where the VCSs still run

    @LIC-11 @LIC-12 @process @slow
    Scenario: 60 remote sessions and 90 video calls take all places, and 10 licenses are left over
      Given every host runs as a program of its own
      And only telephones and SIP devices record what passes
      And both VCSs have 100 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      And Dave and Peter negotiate media and send none
      When Dave sets up 90 video calls with Peter
      And Alice sets up 60 calls with Carol
      Then 60 calls stand between Alice and Carol
      And 90 calls stand between Dave and Peter
      And Alice and Carol hear each other in at least 1 of their calls
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When Alice calls Carol
      Then the call fails with "503 Service Unavailable"
      And the refusal at Alice says "Traversal call resource limit reached"
      When Alice ends all calls
      And Dave ends all calls
      Then no call, licence or media port is counted where the VCSs still run

  Rule: a VCS carries 150 traversal calls and 750 non-traversal calls, a Large VM 500 traversal calls

    @LIC-12 @LIC-14 @process @slow
    Scenario: 150 calls of both kinds that need resources, and 750 whose media do not pass the VCS
      Given every host runs as a program of its own
      And only telephones and SIP devices record what passes
      And both VCSs have 200 traversal and 1000 non-traversal licenses
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      And Erin is signed in
      When Alice sets up 10 calls with Carol
      And Dave sets up calls with Peter as long as all are heard, at most 40
      And Dave and Peter negotiate media and send none
      And Dave sets up more audio calls with Peter until there are 70
      And Peter sets up 70 video calls with Dave
      Then 10 calls stand between Alice and Carol
      And 140 calls stand between Dave and Peter
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When Alice calls Carol
      Then the call fails with "503 Service Unavailable"
      And the refusal at Alice says "Traversal call resource limit reached"
      When Dave and Erin negotiate media and send none
      And Erin sets up 750 audio calls with Dave
      Then 750 calls of Erin stand beside 140 others of Dave
      When Erin calls Dave
      Then the call fails with "503 Service Unavailable"
      And the refusal at Erin says "Non-traversal call resource limit reached"
      And 750 calls of Erin stand beside 140 others of Dave
      When Alice ends all calls
      And Dave ends all calls
      And Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice hangs up
      Then the call ends at Carol
      And no call, licence or media port is counted where the VCSs still run

    @LIC-13 @process @slow
    Scenario: 500 calls of both kinds that need resources on Large VMs
      Given every host runs as a program of its own
      And both VCSs run on Large VMs
      And only telephones and SIP devices record what passes
      And both VCSs have 600 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      When Alice sets up 10 calls with Carol
      And Dave sets up calls with Peter as long as all are heard, at most 40
      And Dave and Peter negotiate media and send none
      And Dave sets up more audio calls with Peter until there are 245
      And Peter sets up 245 video calls with Dave
      Then 10 calls stand between Alice and Carol
      And 490 calls stand between Dave and Peter
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When Alice calls Carol
      Then the call fails with "503 Service Unavailable"
      And the refusal at Alice says "Traversal call resource limit reached"
      And 10 calls stand between Alice and Carol
      And 490 calls stand between Dave and Peter
      When Alice ends all calls
      And Dave ends all calls
      And Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice hangs up
      Then the call ends at Carol
      And no call, licence or media port is counted where the VCSs still run

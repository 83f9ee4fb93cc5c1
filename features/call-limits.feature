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

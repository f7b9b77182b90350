"""Every channel that carries messages."""

from collections.abc import Mapping

from channels import direct_message, email, letter, sms
from channels.channel import ChannelSpec
from domain.vocabulary import Channel

SPECS: Mapping[Channel, ChannelSpec] = {
    spec.channel: spec for spec in (email.SPEC, sms.SPEC, direct_message.SPEC, letter.SPEC)
}

"""What people say and do in public and in private, short of buying and of support conversations."""

from __future__ import annotations

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.asides import aside
from rapportctl.town.chance import Draw, spread
from rapportctl.town.identifiers import SOCIAL
from rapportctl.town.people import Population
from rapportctl.town.person import Person, referral_code
from rapportctl.town.schedule import Step
from rapportctl.town.words import CRISIS_TOPIC, PHRASES, PRODUCTS, TOPICS, Mood, spoken

_MEANS: dict[int, tuple[pb.Intent.ValueType, pb.Sentiment.ValueType]] = {
    Mood.PRAISE: (pb.INTENT_UNSPECIFIED, pb.SENTIMENT_POSITIVE),
    Mood.THANKS: (pb.INTENT_THANK_YOU, pb.SENTIMENT_POSITIVE),
    Mood.QUESTION: (pb.INTENT_QUESTION, pb.SENTIMENT_NEUTRAL),
    Mood.WISH: (pb.INTENT_PURCHASE_INTENT, pb.SENTIMENT_POSITIVE),
    Mood.ANSWER: (pb.INTENT_ANSWER, pb.SENTIMENT_NEUTRAL),
    Mood.DEFENCE: (pb.INTENT_DEFENCE, pb.SENTIMENT_POSITIVE),
    Mood.COMPLAINT: (pb.INTENT_COMPLAINT, pb.SENTIMENT_NEGATIVE),
    Mood.DETRACTION: (pb.INTENT_DETRACTION, pb.SENTIMENT_NEGATIVE),
    Mood.PLAIN: (pb.INTENT_UNSPECIFIED, pb.SENTIMENT_NEUTRAL),
    Mood.FOLLOW_UP: (pb.INTENT_QUESTION, pb.SENTIMENT_NEUTRAL),
    Mood.SOLVED: (pb.INTENT_THANK_YOU, pb.SENTIMENT_POSITIVE),
    Mood.BRAND: (pb.INTENT_UNSPECIFIED, pb.SENTIMENT_UNSPECIFIED),
    Mood.OUTAGE: (pb.INTENT_COMPLAINT, pb.SENTIMENT_NEGATIVE),
}

_IN_COMMENTS = spread(
    (Mood.PRAISE, 35), (Mood.THANKS, 15), (Mood.QUESTION, 18), (Mood.WISH, 12), (Mood.PLAIN, 17), (Mood.DETRACTION, 3)
)
_IN_MENTIONS = spread((Mood.PRAISE, 45), (Mood.THANKS, 20), (Mood.WISH, 10), (Mood.PLAIN, 20), (Mood.DETRACTION, 5))
_IN_REPLIES = spread((Mood.ANSWER, 50), (Mood.DEFENCE, 15), (Mood.PRAISE, 20), (Mood.PLAIN, 15))
_IN_MESSAGES = spread((Mood.QUESTION, 50), (Mood.THANKS, 25), (Mood.WISH, 25))
_BY_RATING = ((), (Mood.DETRACTION,), (Mood.COMPLAINT,), (Mood.PLAIN,), (Mood.PRAISE,), (Mood.PRAISE, Mood.THANKS))
_RATINGS = spread((1, 6), (2, 6), (3, 12), (4, 30), (5, 46))
_SCORES = spread(*((score, 3) for score in range(7)), (7, 12), (8, 20), (9, 25), (10, 22))

_DAY_MS = 86_400_000


class Speech:
    """Makes up what is said; each method fills in the kind of one interaction. `asides` is chance of its own."""

    def __init__(self, draw: Draw, population: Population, asides: Draw) -> None:
        self._draw = draw
        self._population = population
        self._asides = asides

    def content(self, content: pb.Content, mood: int, person: Person, *, public: bool, topic: str = "") -> None:
        """Fill in words, and what their source makes of them: of nearly a third it does not judge the sentiment."""
        draw = self._draw
        language = spoken(person.locale.language)
        phrases = PHRASES[language][mood]
        content.text = phrases[int(draw() * len(phrases))].replace("{}", PRODUCTS[int(draw() * len(PRODUCTS))])
        if public:
            content.text += f" {aside(language, self._asides)}"
        content.language = language
        content.visibility = pb.VISIBILITY_PUBLIC if public else pb.VISIBILITY_PRIVATE
        content.intent, sentiment = _MEANS[mood]
        if draw() < 0.7:
            content.sentiment = sentiment
        if topic:
            content.topics.append(topic)

    def comment(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Comment on one of the brand's posts."""
        comment = interaction.comment
        comment.post_id = self._brand_post(step)
        self.content(comment.content, self._mood(_IN_COMMENTS), person, public=True)

    def mention(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Mention the brand in a post of one's own."""
        mention = interaction.mention
        mention.post_id = f"m-{interaction.event_id}"
        self.content(mention.content, self._mood(_IN_MENTIONS), person, public=True)
        self._engage(mention.content.engagement, person)

    def reply(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Answer somebody under one of the brand's posts."""
        reply = interaction.reply
        reply.in_reply_to = f"{self._brand_post(step)}-{int(self._draw() * 500)}"
        self.content(reply.content, self._mood(_IN_REPLIES), person, public=True)

    def story(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Tell a story about a product."""
        self.content(interaction.story.content, self._mood(_IN_MENTIONS), person, public=True)
        interaction.story.content.engagement.views = int(person.followers * self._draw())

    def post(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Publish content about the brand, with a link to it."""
        post = interaction.post
        post.post_id = f"c-{interaction.event_id}"
        self.content(post.content, self._mood(_IN_MENTIONS), person, public=True)
        post.content.url = f"https://{interaction.account.channel}.example/p/{interaction.event_id}"
        self._engage(post.content.engagement, person)

    def direct_message(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Write to the brand, outside support."""
        message = interaction.direct_message
        message.conversation_id = f"dm-{step.person}-{step.slot}"
        self.content(message.content, self._mood(_IN_MESSAGES), person, public=False)

    def like(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Like one of the brand's posts."""
        interaction.like.post_id = self._brand_post(step)

    def share(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Share one of the brand's posts, with words or without."""
        interaction.share.post_id = self._brand_post(step)
        if self._draw() < 0.4:
            self.content(interaction.share.content, Mood.PRAISE, person, public=True)

    def follow(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Follow the brand."""
        interaction.follow.SetInParent()

    def unfollow(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Stop following the brand."""
        interaction.follow.ended = True

    def review(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Rate a product, with words that suit the stars."""
        review = interaction.review
        review.product_id = f"SKU-{1 + int(self._draw() * 40):03d}"
        review.rating = self._mood(_RATINGS)
        self.content(review.content, self._mood(_BY_RATING[review.rating]), person, public=True)

    def survey_answer(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Answer the survey of the week."""
        answer = interaction.survey_answer
        answer.survey_id = f"nps-{step.at_ms // (7 * _DAY_MS)}"
        answer.score = self._mood(_SCORES)
        if self._draw() < 0.3:
            mood = Mood.PRAISE if answer.score >= 9 else Mood.PLAIN if answer.score >= 7 else Mood.COMPLAINT
            self.content(answer.content, mood, person, public=False, topic="feedback")

    def referral(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Recommend the brand to somebody, whose address the brand learns half the time. It ties nobody."""
        referral = interaction.referral
        referral.code = referral_code(person.number)
        if self._draw() < 0.5:
            other = self._population.person(int(self._draw() * len(self._population)))
            referral.referred.type = "email"
            referral.referred.value = other.email

    def complaint(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Complain in public."""
        topic = TOPICS[int(self._draw() * len(TOPICS))]
        self._aloud(interaction, person, step, Mood.COMPLAINT, topic)

    def crisis_complaint(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Complain about what everybody complains of on that day."""
        self._aloud(interaction, person, step, Mood.OUTAGE, CRISIS_TOPIC)

    def crisis_defence(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Stand up for the brand on that day."""
        self._aloud(interaction, person, step, Mood.DEFENCE, CRISIS_TOPIC)

    def figures(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Say how large the account's audience is: always of influencers, else of one in three."""
        account = person.accounts[step.slot]
        if account.channel not in SOCIAL or not (person.followers >= 10_000 or self._draw() < 0.33):
            return
        figures = interaction.figures
        figures.followers = person.followers + person.followers * step.at_ms // (1000 * _DAY_MS)
        figures.following = 50 + person.number % 900
        figures.posts_last_year = 5 + person.number % 240

    def _aloud(self, interaction: pb.Interaction, person: Person, step: Step, mood: int, topic: str) -> None:
        if self._draw() < 0.5:
            interaction.comment.post_id = self._brand_post(step)
            self.content(interaction.comment.content, mood, person, public=True, topic=topic)
        else:
            interaction.mention.post_id = f"m-{interaction.event_id}"
            self.content(interaction.mention.content, mood, person, public=True, topic=topic)

    def _mood(self, table: tuple[int, ...]) -> int:
        return table[int(self._draw() * len(table))]

    def _brand_post(self, step: Step) -> str:
        """Name one of the posts, four a day, of the last three days."""
        newest = step.at_ms // (_DAY_MS // 4) + 12
        return f"brand-{newest - int(self._draw() * 12)}"

    def _engage(self, engagement: pb.Engagement, person: Person) -> None:
        views = int(person.followers * self._draw())
        engagement.views = views
        engagement.likes = int(views * self._draw() * 0.12)
        engagement.comments = int(views * self._draw() * 0.01)
        engagement.shares = int(views * self._draw() * 0.005)

using Chorale.Show.Players;
using FsCheck;
using FsCheck.Fluent;

namespace Chorale.Tests.Players;

public sealed class PlayerWordsTests
{
    [Theory]
    [InlineData("PLAY:a.mp3", PlayerVerb.Play, "a.mp3", null)]
    [InlineData("play: a.mp3 : 0.8", PlayerVerb.Play, "a.mp3", 0.8)]
    [InlineData("PLAY:der große Wald:1", PlayerVerb.Play, "der große Wald", 1.0)]
    [InlineData("a.mp3", PlayerVerb.Play, "a.mp3", null)]
    [InlineData(" bell ", PlayerVerb.Play, "bell", null)]
    [InlineData("STOP", PlayerVerb.Stop, null, null)]
    [InlineData("STOP:a.mp3", PlayerVerb.Stop, "a.mp3", null)]
    [InlineData("pause", PlayerVerb.Pause, null, null)]
    [InlineData("RESUME", PlayerVerb.Resume, null, null)]
    [InlineData("VOLUME:0", PlayerVerb.Volume, null, 0.0)]
    [InlineData("VOLUME:.5", PlayerVerb.Volume, null, 0.5)]
    public void Words_for_the_sound_are_understood(string text, object verb, string? file, double? number)
    {
        Assert.True(PlayerWords.TryAudio(text, out var word, out _));
        Assert.Equal(new PlayerWord((PlayerVerb)verb, file, number), word);
    }

    [Theory]
    [InlineData("PLAY_VIDEO:film.mp4", PlayerVerb.Play, "film.mp4", null)]
    [InlineData("film.mp4", PlayerVerb.Play, "film.mp4", null)]
    [InlineData("STOP_VIDEO", PlayerVerb.Stop, null, null)]
    [InlineData("STOP", PlayerVerb.Stop, null, null)]
    [InlineData("PAUSE", PlayerVerb.Pause, null, null)]
    [InlineData("RESUME", PlayerVerb.Resume, null, null)]
    [InlineData("SEEK:12.5", PlayerVerb.Seek, null, 12.5)]
    public void Words_for_the_picture_are_understood(string text, object verb, string? file, double? number)
    {
        Assert.True(PlayerWords.TryVideo(text, out var word, out _));
        Assert.Equal(new PlayerWord((PlayerVerb)verb, file, number), word);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PLAY")]
    [InlineData("PLAY:")]
    [InlineData("PLAY::0.5")]
    [InlineData("PLAY:a:b:0.5")]
    [InlineData("PLAY:a.wav:1e0")]
    [InlineData("PLAY:a.wav:NaN")]
    [InlineData("PLAY:a.wav:0,5")]
    [InlineData("STOP:")]
    [InlineData("PAUSE:a")]
    [InlineData("VOLUME")]
    [InlineData("VOLUME:")]
    [InlineData("VOLUME:1.01")]
    [InlineData("PLAY_VIDEO:film.mp4")]
    public void Other_words_for_the_sound_are_refused_with_what_is_allowed(string text)
    {
        Assert.False(PlayerWords.TryAudio(text, out _, out var problem));
        Assert.True(problem.Contains("allowed are", StringComparison.Ordinal) || problem.Contains("from 0 to 1", StringComparison.Ordinal), problem);
    }

    [Theory]
    [InlineData("PLAY:film.mp4")]
    [InlineData("PLAY_VIDEO")]
    [InlineData("PLAY_VIDEO:")]
    [InlineData("SEEK:-1")]
    [InlineData("SEEK:soon")]
    [InlineData("STOP_VIDEO:film.mp4")]
    public void Other_words_for_the_picture_are_refused(string text) => Assert.False(PlayerWords.TryVideo(text, out _, out _));

    [Fact]
    public void No_text_whatever_does_more_than_be_refused()
        => Prop.ForAll<string?>(text =>
        {
            foreach (var words in new[] { text ?? "", "PLAY:" + text, "SEEK:" + text, "VOLUME:" + text })
            {
                Assert.True(PlayerWords.TryAudio(words, out var word, out var problem) ? word.Verb != PlayerVerb.Play || word.File!.Length > 0 : problem.Length is > 0 and < 400 && !problem.Any(char.IsControl));
                _ = PlayerWords.TryVideo(words, out _, out _);
            }
        }).QuickCheckThrowOnFailure();
}

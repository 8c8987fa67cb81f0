using Chorale.Show.Players;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

public sealed class MediaFolderTests
{
    [Fact]
    public void A_name_without_extension_finds_mp3_before_wav_before_ogg()
    {
        using var folder = new TempFolder();
        var media = new MediaFolder(folder.Path);
        foreach (var extension in new[] { "ogg", "wav", "mp3" })
        {
            Make(folder, $"audio/bell.{extension}");
            Assert.True(media.TryFind(MediaKind.Audio, "bell", out var path, out _));
            Assert.EndsWith($"/bell.{extension}", path, StringComparison.Ordinal);
        }

        Assert.True(media.Has(MediaKind.Audio, "bell.wav"));
        Assert.False(media.Has(MediaKind.Audio, "bell.flac"));
        Assert.False(media.Has(MediaKind.Video, "bell"));
    }

    [Fact]
    public void Names_may_have_dots_spaces_umlauts_and_folders()
    {
        using var folder = new TempFolder();
        var media = new MediaFolder(folder.Path);
        foreach (var name in new[] { "a.b", "der große Wald", "birds/early", "x" })
        {
            Make(folder, $"audio/{name}.wav");
            Assert.True(media.Has(MediaKind.Audio, name));
        }

        Assert.Equal(["a.b.wav", "birds/early.wav", "der große Wald.wav", "x.wav"], media.List(MediaKind.Audio));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../video/film.mp4")]
    [InlineData("a/../../secret.wav")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("a//b.wav")]
    [InlineData("a.wav/")]
    [InlineData("a\nb.wav")]
    [InlineData("a\0.wav")]
    [InlineData("..\\secret.wav")]
    [InlineData("http://host/a.wav")]
    [InlineData(".hidden.wav")]
    [InlineData(" a.wav")]
    public void No_name_leads_out_of_the_folder(string name)
    {
        using var folder = new TempFolder();
        Make(folder, "secret.wav");
        Make(folder, "video/film.mp4");
        Directory.CreateDirectory(folder["audio/a"]);
        Assert.False(new MediaFolder(folder.Path).TryFind(MediaKind.Audio, name, out var path, out var problem));
        Assert.Null(path);
        Assert.Contains("is not the name of a file here", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void A_link_out_of_the_folder_is_refused_wherever_on_the_way_it_stands_and_one_inside_is_followed()
    {
        using var folder = new TempFolder();
        Make(folder, "elsewhere/a.wav");
        Make(folder, "audio/real.wav");
        File.CreateSymbolicLink(folder["audio/out.wav"], folder["elsewhere/a.wav"]);
        Directory.CreateSymbolicLink(folder["audio/outside"], folder["elsewhere"]);
        File.CreateSymbolicLink(folder["audio/inside.wav"], folder["audio/real.wav"]);
        var media = new MediaFolder(folder.Path);
        foreach (var name in new[] { "out.wav", "out", "outside/a.wav" })
        {
            Assert.False(media.TryFind(MediaKind.Audio, name, out _, out var problem));
            Assert.Contains($"'{name}' leads out of", problem, StringComparison.Ordinal);
        }

        Assert.True(media.TryFind(MediaKind.Audio, "inside.wav", out var path, out _));
        Assert.EndsWith("/audio/real.wav", path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_media_folder_that_is_itself_a_link_serves_what_is_in_it()
    {
        using var folder = new TempFolder();
        Make(folder, "usb/audio/a.wav");
        Directory.CreateSymbolicLink(folder["media"], folder["usb"]);
        Assert.True(new MediaFolder(folder["media"]).Has(MediaKind.Audio, "a"));
    }

    [Fact]
    public void A_file_that_is_no_sound_is_refused_with_what_is()
    {
        using var folder = new TempFolder();
        Make(folder, "audio/list.m3u");
        Assert.False(new MediaFolder(folder.Path).TryFind(MediaKind.Audio, "list.m3u", out _, out var problem));
        Assert.Contains("'list.m3u' is not a sound: allowed are mp3, wav, ogg, flac", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_has_nothing()
    {
        var media = new MediaFolder("/nowhere/at/all");
        Assert.Empty(media.List(MediaKind.Video));
        Assert.False(media.TryFind(MediaKind.Video, "film.mp4", out _, out var problem));
        Assert.Equal("there is no file 'film.mp4' in /nowhere/at/all/video", problem);
    }

    private static void Make(TempFolder folder, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.WriteAllBytes(folder[name], [1]);
    }
}
